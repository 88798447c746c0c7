/**
 * The command line: one class per command. It reads options, says how a run goes on and turns
 * failures into the exit codes of {@link org.memo.cli.ExitCode}; everything else is done below it.
 */
@NullMarked
package org.memo.cli;

import org.jspecify.annotations.NullMarked;
