package org.memo.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version that Maven wrote into the jar. */
final class MemoVersion implements IVersionProvider {
  private static final String PROPERTIES = "/META-INF/maven/org.memo/memo-cli/pom.properties";

  static String text() {
    Properties properties = new Properties();
    try (InputStream in = MemoVersion.class.getResourceAsStream(PROPERTIES)) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException unreadable) {
      return "of an unreadable jar: " + unreadable;
    }
    return properties.getProperty("version", "built outside of Maven");
  }

  @Override
  public String[] getVersion() {
    return new String[] {"Memo " + text()};
  }
}
