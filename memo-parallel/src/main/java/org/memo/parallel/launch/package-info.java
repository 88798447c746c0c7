/**
 * How a run over several processes begins and ends: what a launcher (torchrun, Slurm, Open MPI, or
 * a person) says of the ranks, the meeting at rank 0, and the control group over which ranks
 * exchange small messages and learn together which of them is lost. No tensor travels here.
 */
@NullMarked
package org.memo.parallel.launch;

import org.jspecify.annotations.NullMarked;
