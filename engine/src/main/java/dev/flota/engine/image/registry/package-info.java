@NullMarked
package dev.flota.engine.image.registry;

import org.jspecify.annotations.NullMarked;
