@NullMarked
package dev.flota.engine.network;

import org.jspecify.annotations.NullMarked;
