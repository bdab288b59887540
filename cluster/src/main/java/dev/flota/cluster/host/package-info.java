@NullMarked
package dev.flota.cluster.host;

import org.jspecify.annotations.NullMarked;
