package dev.flota.lab.bench.engine;

/** An answer of the API, read to its end. */
public record HttpAnswer(int status, String text) {}
