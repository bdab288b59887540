@NullMarked
package dev.flota.engine.image;

import org.jspecify.annotations.NullMarked;
