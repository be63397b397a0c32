// Acknowledges handled MQTT messages in the order of their arrival.

/** MQTT 3.1.1 §3.4: PUBACK is four bytes; MQTT 5 §3.4.2.1 reads the same ones as "success". */
export function puback(messageId: number): Buffer {
  return Buffer.from([0x40, 0x02, messageId >> 8, messageId & 0xff]);
}

interface Waiting {
  readonly messageId: number;
  state: 'open' | 'done' | 'refused';
}

export interface Acknowledger {
  /** Number of messages accepted but not settled yet. */
  readonly pending: number;
  /**
   * Runs `work`. When it resolves, calls `send` with the message id as soon as every earlier message is settled (MQTT 3.1.1 §4.6:
   * in order of arrival). When it rejects, the message is never acknowledged and `refused` is called. QoS 0 messages have no id
   * and no acknowledgement. Never rejects.
   */
  take(messageId: number | undefined, work: () => void | Promise<void>): Promise<void>;
}

export function acknowledger(send: (messageId: number) => void, refused: (cause: unknown) => void): Acknowledger {
  const waiting: Waiting[] = [];
  const settle = (entry: Waiting, state: 'done' | 'refused') => {
    entry.state = state;
    for (let first = waiting[0]; first !== undefined && first.state !== 'open'; first = waiting[0]) {
      waiting.shift();
      if (first.state === 'done') send(first.messageId);
    }
  };
  return {
    get pending() {
      return waiting.length;
    },
    async take(messageId, work) {
      if (messageId === undefined) {
        await ignoring(work);
        return;
      }
      const entry: Waiting = { messageId, state: 'open' };
      waiting.push(entry);
      try {
        await work();
        settle(entry, 'done');
      } catch (cause) {
        settle(entry, 'refused');
        refused(cause);
      }
    },
  };
}

async function ignoring(work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch {
    // The sender of a QoS 0 message expects no reply.
  }
}
