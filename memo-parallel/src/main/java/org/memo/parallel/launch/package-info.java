/**
 * What a launcher (torchrun, Slurm, Open MPI, or a person) says in the environment of the processes
 * that it starts: which rank of how many each is, and where rank 0 is found.
 */
@NullMarked
package org.memo.parallel.launch;

import org.jspecify.annotations.NullMarked;
