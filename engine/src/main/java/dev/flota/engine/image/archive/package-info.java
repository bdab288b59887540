@NullMarked
package dev.flota.engine.image.archive;

import org.jspecify.annotations.NullMarked;
