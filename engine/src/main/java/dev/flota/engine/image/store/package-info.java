@NullMarked
package dev.flota.engine.image.store;

import org.jspecify.annotations.NullMarked;
