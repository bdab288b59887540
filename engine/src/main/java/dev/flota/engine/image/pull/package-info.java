@NullMarked
package dev.flota.engine.image.pull;

import org.jspecify.annotations.NullMarked;
