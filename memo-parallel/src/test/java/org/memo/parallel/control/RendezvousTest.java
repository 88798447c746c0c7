package org.memo.parallel.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.UserInputException;
import org.memo.collective.LostRankException;
import org.memo.parallel.control.Loopback.Outcome;
import org.memo.parallel.launch.Launch;

@Timeout(60)
class RendezvousTest {
  private static final Duration LONG = Duration.ofSeconds(40);
  private static final Duration SHORT = Duration.ofSeconds(2);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 16})
  void allRanksMeetAndShareAKeyOfTheRun(int ranks) {
    List<Outcome<byte[]>> proofs = Loopback.run(ranks, LONG, RendezvousTest::proof);
    for (Outcome<byte[]> proof : proofs) {
      assertArrayEquals(proofs.getFirst().require(), proof.require());
    }
  }

  private static byte[] proof(ControlGroup group) {
    return group.key().proof("a test");
  }

  @Test
  void aRankKnowsItsPlaceAndWhereOthersReachIt() {
    List<Outcome<String>> places =
        Loopback.run(
            3,
            LONG,
            group ->
                "%d of %d, here %d of %d, at %s"
                    .formatted(
                        group.rank(),
                        group.ranks(),
                        group.localRank(),
                        group.localRanks(),
                        group.address().getHostAddress()));
    assertEquals("0 of 3, here 0 of 3, at 127.0.0.1", places.get(0).require());
    assertEquals("2 of 3, here 2 of 3, at 127.0.0.1", places.get(2).require());
  }

  @Test
  void rankZeroMayStartLast() {
    run(
        Loopback.launches(3),
        launch -> {
          Thread.sleep(launch.rank() == 0 ? 700 : 0);
          return Loopback.meet(launch, LONG);
        });
  }

  @Test
  void rankZeroListensAtTheNextPortWhereAnotherServerHasTheFirst() throws IOException {
    List<Launch> launches = Loopback.launches(2);
    AtomicLong sentToIt = new AtomicLong();
    try (ServerSocket foreign =
        new ServerSocket(launches.getFirst().port(), 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> countBytes(foreign, sentToIt));
      run(launches, launch -> Loopback.meet(launch, Duration.ofSeconds(8)));
    }
    assertEquals(0, sentToIt.get(), "bytes that a foreign server was sent");
  }

  private static void countBytes(ServerSocket server, AtomicLong count) {
    try {
      while (true) {
        Socket socket = server.accept();
        Thread.ofVirtual()
            .start(() -> {
              try (socket) {
                count.addAndGet(socket.getInputStream().readAllBytes().length);
              } catch (IOException e) {
                count.addAndGet(0);
              }
            });
      }
    } catch (IOException e) {
      // closed
    }
  }

  @Test
  void runsOfDifferentKeysAtTheSamePortsDoNotMix() {
    int port = Loopback.freePort();
    List<Launch> launches = new ArrayList<>();
    for (String run : List.of("a", "b")) {
      for (int rank = 0; rank < 2; rank++) {
        launches.add(new Launch("a test", rank, 2, rank, 2, Loopback.HOST, port, run));
      }
    }
    List<Outcome<byte[]>> proofs =
        Loopback.run(launches, launch -> Loopback.meet(launch, LONG), RendezvousTest::proof);
    assertArrayEquals(proofs.get(0).require(), proofs.get(1).require());
    assertArrayEquals(proofs.get(2).require(), proofs.get(3).require());
    assertTrue(!java.util.Arrays.equals(proofs.get(0).require(), proofs.get(2).require()));
  }

  @Test
  void garbageAndSilentClientsDoNotKeepTheRanksApart() throws Exception {
    List<Launch> launches = Loopback.launches(3);
    Launch place = launches.getFirst();
    Random random = new Random(7);
    List<Socket> strangers = new ArrayList<>();
    Thread visitor =
        Thread.ofVirtual()
            .start(() -> {
              for (int i = 0; i < 40; i++) {
                visit(place, random, strangers);
              }
            });
    run(
        launches,
        launch -> {
          Thread.sleep(launch.rank() * 300L);
          return Loopback.meet(launch, LONG);
        });
    visitor.join();
    assertTrue(strangers.size() > 10, strangers.size() + " strangers came");
    for (Socket stranger : strangers) {
      stranger.close();
    }
  }

  private static void visit(Launch place, Random random, List<Socket> strangers) {
    try {
      Thread.sleep(10);
      Socket socket = new Socket(place.host(), place.port());
      strangers.add(socket);
      byte[] garbage = new byte[random.nextInt(300)];
      random.nextBytes(garbage);
      socket.getOutputStream().write(garbage);
      if (random.nextBoolean()) {
        socket.close();
      }
    } catch (IOException | InterruptedException e) {
      // before rank 0 has come, or after the run has started
    }
  }

  @Test
  void aSharedSecretLetsRanksIn() {
    run(Loopback.launches(3), launch -> Rendezvous.meet(launch, Secret.of("xyzzy"), LONG));
  }

  @Test
  void anotherSecretAndNoneAreNamedAtBothEnds() {
    assertSecretsRefused(
        List.of(Secret.of("right"), Secret.of("wrong"), Secret.none()),
        "rank 1 has another MEMO_SECRET than rank 0: give all ranks the same",
        "rank 2 has no secret in MEMO_SECRET and rank 0 has a secret: give all ranks the same");
  }

  @Test
  void aSecretThatRankZeroLacksIsNamedAtBothEnds() {
    assertSecretsRefused(
        List.of(Secret.none(), Secret.of("right")),
        "rank 1 has a secret in MEMO_SECRET and rank 0 has no secret: give all ranks the same");
  }

  private static void assertSecretsRefused(List<Secret> secrets, String... sentences) {
    List<Outcome<Boolean>> outcomes =
        Loopback.run(
            Loopback.launches(secrets.size()),
            launch -> Rendezvous.meet(launch, secrets.get(launch.rank()), SHORT),
            group -> true);
    LostRankException missed = assertInstanceOf(LostRankException.class, outcomes.get(0).thrown());
    assertEquals(1, missed.rank());
    assertTrue(missed.getMessage().contains("within the timeout of 2 s"), missed.getMessage());
    for (int rank = 1; rank < secrets.size(); rank++) {
      UserInputException refused =
          assertInstanceOf(UserInputException.class, outcomes.get(rank).thrown());
      assertEquals(sentences[rank - 1], refused.getMessage());
      assertTrue(missed.getMessage().contains(sentences[rank - 1]), missed.getMessage());
    }
  }

  @Test
  void whoAnswersForRankZeroWithoutTheSecretIsNotBelieved() throws Exception {
    Throwable thrown =
        answered(Secret.of("guess"), Secret.of("right"), Answer.welcome(new byte[32]));
    String message = assertInstanceOf(UserInputException.class, thrown).getMessage();
    assertTrue(message.contains("does not know the MEMO_SECRET of rank 1"), message);
  }

  @Test
  void aRankThatComesWhenAnotherIsLostAlreadyHasMadeNoMistake() throws Exception {
    Hub hub = new Hub(Loopback.launch(0, 3, 5_000), new Waits(LONG));
    hub.reject(2, "was started as one of 4 ranks, rank 0 as one of 3");
    Message.Verdict verdict =
        hub.admit(1, "here", LONG, new LocalWire(hub.receiver(1)), () -> fail("it is let in"));
    Answer answer = Answer.refusal(verdict.rank(), verdict.sentence());
    Throwable thrown = answered(Secret.none(), Secret.none(), answer);
    LostRankException lost = assertInstanceOf(LostRankException.class, thrown);
    assertEquals(2, lost.rank());
    assertEquals("rank 2 was started as one of 4 ranks, rank 0 as one of 3", lost.getMessage());
  }

  /** What a rank throws whose hello is answered so, by a process with a secret. */
  private static Throwable answered(Secret ofRankZero, Secret mine, Answer answer)
      throws IOException {
    Launch launch = Loopback.launch(1, 3, Loopback.freePort());
    try (ServerSocket server =
        new ServerSocket(launch.port(), 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(() -> {
            try (Socket socket = server.accept()) {
              socket.getOutputStream().write(Banner.of(launch, ofRankZero).bytes());
              socket.getInputStream().readNBytes(Hello.BYTES);
              socket.getOutputStream().write(answer.bytes());
              socket.getInputStream().read();
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
      return Loopback.run(List.of(launch), rank -> Rendezvous.meet(rank, mine, LONG), group -> true)
          .getFirst()
          .thrown();
    }
  }

  @Test
  void aHelloIsOnlyProvenForItsOwnBannerRankAndSecret() {
    Launch launch = Loopback.launch(1, 4, 5_000);
    Secret secret = Secret.of("right");
    Banner banner = Banner.of(launch, secret);
    Hello hello = Hello.of(launch, LONG, secret, banner);
    assertTrue(Hello.read(hello.bytes()).isProven(secret, banner));
    Hello otherRank =
        new Hello(
            2, hello.ranks(), hello.leftMillis(), hello.secret(), hello.nonce(), hello.proof());
    assertTrue(!otherRank.isProven(secret, banner));
    assertTrue(!hello.isProven(secret, Banner.of(launch, secret)), "a recorded hello");
    assertTrue(!hello.isProven(Secret.of("wrong"), banner));
    Hello reflected =
        new Hello(1, 4, hello.leftMillis(), true, hello.nonce(), hello.hubProof(secret, banner));
    assertTrue(!reflected.isProven(secret, banner), "rank 0's proof is no rank's");
  }

  @Test
  void twoProcessesOfOneRankAreNamed() {
    List<Launch> three = Loopback.launches(3);
    List<Launch> launches = List.of(three.get(0), three.get(1), three.get(1));
    List<Outcome<Boolean>> outcomes =
        Loopback.run(launches, launch -> Loopback.meet(launch, LONG), group -> true);
    String sentence =
        "rank 1 is two processes, at 127.0.0.1 and at 127.0.0.1: give each one a rank of its own";
    assertEquals(1, outcomes.stream().filter(o -> isA(UserInputException.class, o)).count());
    assertEquals(2, outcomes.stream().filter(o -> isA(LostRankException.class, o)).count());
    outcomes.forEach(outcome -> assertEquals(sentence, outcome.thrown().getMessage()));
  }

  private static boolean isA(Class<?> type, Outcome<?> outcome) {
    return type.isInstance(outcome.thrown());
  }

  @Test
  void twoRanksZeroAreNamed() {
    List<Launch> three = Loopback.launches(3);
    List<Outcome<Boolean>> outcomes =
        Loopback.run(
            List.of(three.get(0), three.get(0)),
            launch -> Loopback.meet(launch, SHORT),
            group -> true);
    String message =
        outcomes.stream()
            .filter(outcome -> isA(UserInputException.class, outcome))
            .findFirst()
            .orElseThrow()
            .thrown()
            .getMessage();
    assertTrue(
        message.matches("rank 0 is two processes, this one and the one at 127\\..*, port \\d+: .*"),
        message);
  }

  @Test
  void aRankOfAnotherNumberOfRanksIsNamed() {
    Launch zero = Loopback.launches(3).getFirst();
    Launch other = new Launch("a test", 1, 4, 1, 4, zero.host(), zero.port(), zero.runKey());
    List<Outcome<Boolean>> outcomes =
        Loopback.run(List.of(zero, other), launch -> Loopback.meet(launch, LONG), group -> true);
    String sentence = "rank 1 was started as one of 4 ranks, rank 0 as one of 3";
    assertEquals(sentence, outcomes.get(0).thrown().getMessage());
    assertEquals(sentence, outcomes.get(1).thrown().getMessage());
  }

  @Test
  void ranksThatDoNotComeAreNamedByAllWithinTheTimeoutOfTheFirst() {
    List<Launch> four = Loopback.launches(4);
    List<Outcome<Boolean>> outcomes =
        Loopback.run(
            List.of(four.get(0), four.get(2)),
            launch -> {
              Thread.sleep(launch.rank() == 0 ? 700 : 0);
              return Loopback.meet(launch, Duration.ofSeconds(3));
            },
            group -> true);
    for (Outcome<Boolean> outcome : outcomes) {
      LostRankException lost = assertInstanceOf(LostRankException.class, outcome.thrown());
      assertEquals(1, lost.rank(), lost.getMessage());
      assertTrue(lost.getMessage().contains("nor did rank 3"), lost.getMessage());
    }
  }

  @Test
  void aRankZeroThatDoesNotComeIsNamed() {
    Launch one = Loopback.launches(2).get(1);
    LostRankException lost =
        assertInstanceOf(
            LostRankException.class,
            Loopback.run(List.of(one), launch -> Loopback.meet(launch, SHORT), group -> true)
                .getFirst()
                .thrown());
    assertEquals(0, lost.rank());
    assertTrue(lost.getMessage().contains("was not found by rank 1 at 127.0.0.1"));
  }

  @Test
  void anAddressOfAnotherMachineIsRefused() {
    Launch elsewhere = new Launch("a test", 0, 2, 0, 2, "192.0.2.1", 5_000, "");
    UserInputException refused =
        assertInstanceOf(
            UserInputException.class,
            Loopback.run(List.of(elsewhere), launch -> Loopback.meet(launch, LONG), group -> true)
                .getFirst()
                .thrown());
    assertTrue(refused.getMessage().startsWith("192.0.2.1 is no address of this machine"));
  }

  @Test
  void aNameOfLoopbackIsRefusedForSeveralMachines() {
    Launch severalMachines = new Launch("a test", 0, 2, 0, 1, "::ffff:127.0.0.1", 5_000, "");
    UserInputException refused =
        assertInstanceOf(
            UserInputException.class,
            Loopback.run(
                    List.of(severalMachines), launch -> Loopback.meet(launch, LONG), group -> true)
                .getFirst()
                .thrown());
    assertTrue(refused.getMessage().contains("that others could reach"), refused.getMessage());
  }

  private static void run(List<Launch> launches, Loopback.Meeting meeting) {
    Loopback.run(launches, meeting, group -> group.exchange("hello", utf8("rank " + group.rank())))
        .forEach(outcome -> assertEquals(launches.size(), outcome.require().size()));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
