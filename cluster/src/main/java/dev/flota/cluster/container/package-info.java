@NullMarked
package dev.flota.cluster.container;

import org.jspecify.annotations.NullMarked;
