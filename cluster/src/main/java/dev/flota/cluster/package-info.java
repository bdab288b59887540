@NullMarked
package dev.flota.cluster;

import org.jspecify.annotations.NullMarked;
