/**
 * Where a container is to run: filter, score, plan. Pure functions of a view of the cluster and a
 * wish; no I/O, no clock. {@link Placement} is the way in, {@link Expression} tells of constraints
 * and affinities.
 */
@NullMarked
package dev.flota.cluster.placement;

import org.jspecify.annotations.NullMarked;
