@NullMarked
package dev.flota.engine.image.manifest;

import org.jspecify.annotations.NullMarked;
