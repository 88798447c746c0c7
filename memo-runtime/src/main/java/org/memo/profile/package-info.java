/**
 * From a model and a layout of the step to what the planner needs: the job profiler runs the step
 * program on the simulated device.
 */
@NullMarked
package org.memo.profile;

import org.jspecify.annotations.NullMarked;
