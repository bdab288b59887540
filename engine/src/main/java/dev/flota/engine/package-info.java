@NullMarked
package dev.flota.engine;

import org.jspecify.annotations.NullMarked;
