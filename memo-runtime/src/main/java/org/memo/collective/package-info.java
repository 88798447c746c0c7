/**
 * What a device needs of a process group: who it is, and how regions of its memory are exchanged
 * with those of the other ranks. Who carries the bytes is not known here; a group of one needs
 * nobody.
 */
@NullMarked
package org.memo.collective;

import org.jspecify.annotations.NullMarked;
