package dev.flota.lab.registry;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the token server until the process is ended: {@code lab up} starts it. */
@Command(name = "token-server", mixinStandardHelpOptions = true)
@NullUnmarked // picocli fills the fields in
public final class TokenServerMain implements Callable<Integer> {
  private static final int BACKLOG = 0;

  @Option(names = "--listen", required = true, paramLabel = "ADDRESS:PORT")
  private String listen;

  @Option(names = "--user", required = true)
  private String user;

  @Option(names = "--password", required = true)
  private String password;

  @Option(names = "--issuer", required = true)
  private String issuer;

  @Option(names = "--tls-certificate", required = true)
  private Path tlsCertificate;

  @Option(names = "--tls-key", required = true, description = "PKCS #8, elliptic curve")
  private Path tlsKey;

  @Option(names = "--signing-certificate", required = true)
  private Path signingCertificate;

  @Option(names = "--signing-key", required = true, description = "PKCS #8, RSA")
  private Path signingKey;

  private TokenServerMain() {}

  /** Starts the server; the process then lives by the server's threads. */
  public static void main(String[] arguments) {
    int status = new CommandLine(new TokenServerMain()).execute(arguments);
    if (status != 0) {
      System.exit(status);
    }
  }

  @Override
  public Integer call() throws IOException, GeneralSecurityException {
    HttpsServer server = HttpsServer.create(address(), BACKLOG);
    server.setHttpsConfigurator(
        new HttpsConfigurator(
            PemFiles.serverContext(
                PemFiles.certificate(tlsCertificate), PemFiles.privateKey(tlsKey, "EC"))));
    TokenIssuer tokens =
        new TokenIssuer(
            issuer,
            PemFiles.privateKey(signingKey, "RSA"),
            PemFiles.certificate(signingCertificate));
    TokenServer.start(server, new AccessPolicy(user, password), tokens, Clock.systemUTC());
    return 0;
  }

  private InetSocketAddress address() {
    int colon = listen.lastIndexOf(':');
    return new InetSocketAddress(
        listen.substring(0, colon), Integer.parseInt(listen.substring(colon + 1)));
  }
}
