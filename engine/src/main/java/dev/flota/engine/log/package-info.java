@NullMarked
package dev.flota.engine.log;

import org.jspecify.annotations.NullMarked;
