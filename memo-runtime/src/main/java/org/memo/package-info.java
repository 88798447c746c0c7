/**
 * What a run may end with other than success: one exception type for each exit code that belongs to
 * the runtime (2 wrong input, 3 does not fit, 5 failed part way).
 */
@NullMarked
package org.memo;

import org.jspecify.annotations.NullMarked;
