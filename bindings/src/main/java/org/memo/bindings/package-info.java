/**
 * Finds and loads Memo's native libraries, and the exceptions in which their errors arrive. All
 * restricted calls of the Foreign Function & Memory API live in this module; nobody but the checked
 * layers imports a generated package.
 */
@NullMarked
package org.memo.bindings;

import org.jspecify.annotations.NullMarked;
