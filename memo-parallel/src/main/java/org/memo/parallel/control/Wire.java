package org.memo.parallel.control;

/**
 * One end of a line between rank 0's hub and a rank. No method waits; what arrives is given to a
 * {@link Receiver}, in order and from one thread at a time.
 */
interface Wire {
  /** Who is told what arrives. */
  interface Receiver {
    void received(Message message);

    /**
     * The line has ended, and nothing more arrives; told once.
     *
     * @param how the end of a sentence about whoever is at the other end
     */
    void ended(String how);
  }

  /** Sends a {@link MessageCodec#frame}. */
  void send(byte[] frame);

  /** Sends a heartbeat, unless others of this end's messages still wait to leave. */
  void beat(byte[] frame);

  /** Ends this direction behind what is still to be sent. */
  void finish();

  /** Ends the line at once. */
  void abandon();

  /** Whether anything has arrived since the last call. */
  boolean takeHeard();
}
