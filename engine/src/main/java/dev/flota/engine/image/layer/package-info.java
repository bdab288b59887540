@NullMarked
package dev.flota.engine.image.layer;

import org.jspecify.annotations.NullMarked;
