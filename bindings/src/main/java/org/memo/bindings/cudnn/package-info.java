/**
 * cuDNN's graph API, checked: tensors and operations make a graph, a graph and a device give a
 * compiled plan, and a plan runs on device memory that the caller owns. Nothing here allocates
 * device memory. A device description in the place of a GPU builds plans on machines that have
 * none.
 */
@NullMarked
package org.memo.bindings.cudnn;

import org.jspecify.annotations.NullMarked;
