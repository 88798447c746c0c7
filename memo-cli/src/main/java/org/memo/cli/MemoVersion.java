package org.memo.cli;

import org.memo.train.Versions;
import picocli.CommandLine.IVersionProvider;

/** The version that Maven wrote into the jar. */
final class MemoVersion implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"Memo " + Versions.memo()};
  }
}
