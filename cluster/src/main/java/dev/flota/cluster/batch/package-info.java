/** Many containers moved at once: which of them when, and what becomes of those that cannot. */
@NullMarked
package dev.flota.cluster.batch;

import org.jspecify.annotations.NullMarked;
