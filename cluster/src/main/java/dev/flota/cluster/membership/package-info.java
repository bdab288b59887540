/** Who belongs to the fleet, and how its hosts find each other. */
@NullMarked
package dev.flota.cluster.membership;

import org.jspecify.annotations.NullMarked;
