/**
 * Token files and what training takes from them. A file of n tokens has floor((n - 1) / S) windows
 * of S inputs; window w is the tokens [w*S, w*S + S], the last of which is only a target. No window
 * spans two files. Letters: B windows of a batch, S tokens of a window, T = B*S.
 */
@NullMarked
package org.memo.data;

import org.jspecify.annotations.NullMarked;
