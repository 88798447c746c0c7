/**
 * Measures a device of this machine: the rates of a hardware file, so that steps can be predicted
 * that were never run.
 */
@NullMarked
package org.memo.profile.device;

import org.jspecify.annotations.NullMarked;
