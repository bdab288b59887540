@NullMarked
package dev.flota.engine.linux;

import org.jspecify.annotations.NullMarked;
