@NullMarked
package dev.flota.cluster.stream;

import org.jspecify.annotations.NullMarked;
