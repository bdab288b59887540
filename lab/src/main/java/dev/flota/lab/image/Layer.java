package dev.flota.lab.image;

import java.nio.file.Path;

/**
 * A layer, ready to be sent.
 *
 * @param digest of the compressed file
 * @param diffId digest of the archive within
 * @param size of the compressed file, in bytes
 */
record Layer(Path file, LayerCompression compression, String digest, String diffId, long size) {}
