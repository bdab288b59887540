@NullMarked
package dev.flota.engine.runtime;

import org.jspecify.annotations.NullMarked;
