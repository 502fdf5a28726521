import Quantities
import Serving

/// Users or agents that ask again and again: each turn's prompt is all that was said before and something new, and
/// between an answer and the next turn lies a tool's work or a person's thought.
public struct SessionLoad: Sendable, Hashable {
  /// Sessions at once; one that ends is followed by another.
  public var seats: Int
  /// Turns of a session, on average: geometric, 1 or more.
  public var turns: Double
  /// Tokens that all sessions begin with (system prompt, tools), and of one's own first message.
  public var sharedPrompt: Double
  public var firstPrompt: Double
  /// Tokens that come new with each later turn (a tool's result, a message), and of an answer.
  public var input: Double
  public var output: Double
  /// Squared coefficient of variation of these lengths, 0 for all alike.
  public var variability: Double
  /// Seconds between an answer and the next turn.
  public var gap: TimeDistribution
  /// Between a session's end and its seat's next one, seconds on average.
  public var pause: Double
  /// Tokens at which a session ends: the model's context, or a client's own bound.
  public var longest: Double
  /// How long is watched, seconds; the first tenth is warming up and not counted.
  public var seconds: Double

  public init(
    seats: Int, turns: Double = 10, sharedPrompt: Double = 2000, firstPrompt: Double = 500, input: Double = 500,
    output: Double = 200, variability: Double = 0, gap: TimeDistribution, pause: Double = 0,
    longest: Double = .infinity, seconds: Double = 3600
  ) {
    self.seats = max(0, seats)
    self.turns = max(1, turns)
    self.sharedPrompt = max(0, sharedPrompt)
    self.firstPrompt = max(1, firstPrompt)
    self.input = max(1, input)
    self.output = max(1, output)
    self.variability = max(0, variability)
    self.gap = gap
    self.pause = max(0, pause)
    self.longest = longest
    self.seconds = max(1, seconds)
  }
}

/// The sessions of a run: who is at which turn, with how much said before.
struct SessionTurns {
  let load: SessionLoad
  let blockTokens: Int
  private var random: RandomStream
  private var seats: [Seat]
  private var sessions = 0

  private struct Seat {
    var session = 0
    var turn: Int32 = 0
    /// Tokens of all turns so far, answers among them.
    var context = 0
    var output = 0
  }

  init(_ load: SessionLoad, blockTokens: Int, seed: UInt64) {
    self.load = load
    self.blockTokens = blockTokens
    random = RandomStream(seed: seed, item: 0x5E55)
    seats = Array(repeating: Seat(), count: load.seats)
  }

  /// When each seat begins: in the midst of a session, as many turns old as sessions are on average, and spread over the
  /// time that is not counted, so that what is watched is not all sessions' first turns.
  mutating func begin() -> [(Int32, Double)] {
    seats.indices.map { index in
      open(index)
      // The age of a session whose length is geometric is geometric too.
      while random.uniform() > 1 / load.turns,
        Double(seats[index].context) + 2 * (load.input + load.output) < min(load.longest, 1e9)
      {
        if seats[index].turn == 0 { seats[index].context = Int(load.sharedPrompt + load.firstPrompt) }
        seats[index].turn += 1
        seats[index].context += Int(seats[index].turn == 1 ? load.output : load.input + load.output)
      }
      return (Int32(index), random.uniform(0, load.seconds / 10))
    }
  }

  private mutating func open(_ index: Int) {
    sessions += 1
    seats[index] = Seat(session: sessions)
  }

  /// The next turn of a seat, and the blocks of its prompt and its answer.
  mutating func next(of seat: Int32, at time: Double) -> (TokenRecord.Request, [Int]) {
    let index = Int(seat)
    let lengths = TokenLengths(input: load.input, output: load.output, variability: load.variability)
    let isFirst = seats[index].turn == 0
    let new =
      isFirst
      ? Int(load.sharedPrompt) + lengths.draw(load.firstPrompt, &random) : lengths.draw(load.input, &random)
    let output = lengths.draw(load.output, &random)
    seats[index].context += new
    seats[index].output = output
    var request = TokenRecord.Request(arrival: time, input: seats[index].context, output: output)
    request.session = seat
    request.turn = seats[index].turn
    let whole = (seats[index].context + output) / blockTokens
    let shared = Int(load.sharedPrompt) / blockTokens
    let base = (seats[index].session + 1) << 24
    return (request, (0..<whole).map { $0 < shared ? -1 - $0 : base + $0 })
  }

  /// A turn of a seat was answered. Gives when its next one comes; nil when time is over.
  mutating func answered(_ seat: Int32, at time: Double) -> Double? {
    let index = Int(seat)
    seats[index].turn += 1
    seats[index].context += seats[index].output
    let isOver = random.uniform() < 1 / load.turns
    let isFull = Double(seats[index].context) + load.input + load.output > load.longest
    let again: Double
    if isOver || isFull {
      open(index)
      again = time + (load.pause > 0 ? random.exponential(mean: load.pause) : 0)
    } else {
      again = time + load.gap.sample(&random)
    }
    return again < load.seconds ? again : nil
  }
}
