package org.memo.train;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** Of which version the Java libraries are, as Maven wrote it into their jars. */
public final class Versions {
  private Versions() {}

  /** Memo's. */
  public static String memo() {
    return of("org.memo/memo-runtime");
  }

  static String orTools() {
    return of("com.google.ortools/ortools-java");
  }

  private static String of(String groupAndArtifact) {
    Properties properties = new Properties();
    String file = "/META-INF/maven/%s/pom.properties".formatted(groupAndArtifact);
    try (InputStream in = Versions.class.getResourceAsStream(file)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException unreadable) {
      return "of an unreadable jar: " + unreadable;
    }
    return properties.getProperty("version", "built outside of Maven");
  }
}
