@NullMarked
package dev.flota.cluster.event;

import org.jspecify.annotations.NullMarked;
