package dev.flota.lab.harness;

/**
 * One request and its answer, as they went over the wire.
 *
 * @param path without the query
 * @param body of the answer when it is JSON of a sensible length, empty otherwise
 */
public record Exchange(
    String method, String path, String query, int status, String contentType, String body) {}
