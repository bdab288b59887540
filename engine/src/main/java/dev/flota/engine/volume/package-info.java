@NullMarked
package dev.flota.engine.volume;

import org.jspecify.annotations.NullMarked;
