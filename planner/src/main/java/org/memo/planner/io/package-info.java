/**
 * Files that the planner reads and writes: storage allocation problems as CSV in the format of
 * minimalloc, and plans as JSON. Readers refuse what is not well-formed with an {@link
 * IllegalArgumentException} whose message is one sentence for the user.
 */
@NullMarked
package org.memo.planner.io;

import org.jspecify.annotations.NullMarked;
