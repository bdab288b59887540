@NullMarked
package dev.flota.cluster.image;

import org.jspecify.annotations.NullMarked;
