@NullMarked
package dev.flota.engine.container;

import org.jspecify.annotations.NullMarked;
