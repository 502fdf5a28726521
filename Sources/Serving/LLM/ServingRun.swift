import Glibc
import Quantities

/// What a stretch of requests met at one replica.
public struct ServingRun: Sendable {
  /// Times to the first token, per later token, and to the last, in seconds, by request.
  public var firstToken: [Double]
  public var perToken: [Double]
  public var response: [Double]
  /// From the first arrival to the last answer, in seconds.
  public var seconds: Double
  public var inputTokens: Double
  public var outputTokens: Double
  public var preemptions: Int
  /// Sequences at work on average.
  public var concurrency: Double

  /// The mean of some times, 0 where there are none.
  public static func mean(_ times: [Double]) -> Double {
    times.isEmpty ? 0 : times.reduce(0, +) / Double(times.count)
  }

  /// The quantile of some times: numpy's `linear`, as benchmarks report it.
  public static func quantile(_ times: [Double], _ share: Double) -> Double { quantiles(times, [share])[0] }

  /// Quantiles of some times by selection, without sorting all of them; zeros where there are none.
  /// - Parameter shares: ascending.
  /// - Complexity: O(times) for each, on average.
  public static func quantiles(_ times: [Double], _ shares: [Double]) -> [Double] {
    guard !times.isEmpty else { return shares.map { _ in 0 } }
    var values = times
    return values.withUnsafeMutableBufferPointer { values in
      var settled = 0
      return shares.map { share in
        let position = Double(values.count - 1) * min(1, max(0, share))
        let below = Int(position)
        select(below, from: settled, in: values)
        settled = below
        guard below + 1 < values.count else { return values[below] }
        var above = values[below + 1]
        for i in below + 2..<max(below + 2, values.count) where values[i] < above { above = values[i] }
        return values[below] + (above - values[below]) * (position - Double(below))
      }
    }
  }

  /// Puts the value of a rank to its place, lesser ones before it (Hoare's selection, the middle of three as pivot).
  /// - Parameter from: Places before it hold the least values already.
  private static func select(_ rank: Int, from start: Int, in values: UnsafeMutableBufferPointer<Double>) {
    var low = start
    var high = values.count - 1
    while low < high {
      let (a, b, c) = (values[low], values[(low + high) / 2], values[high])
      let pivot = max(min(a, b), min(max(a, b), c))
      var i = low
      var j = high
      while i <= j {
        while values[i] < pivot { i += 1 }
        while values[j] > pivot { j -= 1 }
        if i <= j {
          values.swapAt(i, j)
          i += 1
          j -= 1
        }
      }
      if rank <= j { high = j } else if rank >= i { low = i } else { return }
    }
  }
}

/// Lengths of prompts and answers.
public struct TokenLengths: Hashable, Sendable {
  public var input: Double
  public var output: Double
  /// The least share of the nominal length that a benchmark draws, evenly up to the whole of it; 1 where all are alike.
  public var leastShare: Double
  /// The squared coefficient of variation of a length, drawn from a gamma distribution, where it is above 0.
  public var variability: Double
  /// The share of a prompt that the prefix cache holds.
  public var cachedShare: Double

  public init(
    input: Double, output: Double, leastShare: Double = 1, variability: Double = 0, cachedShare: Double = 0
  ) {
    self.input = input
    self.output = output
    self.leastShare = leastShare
    self.variability = variability
    self.cachedShare = cachedShare
  }

  /// Their means.
  public var meanInput: Double { input * (1 + leastShare) / 2 }
  public var meanOutput: Double { output * (1 + leastShare) / 2 }

  /// A length of this mean, 1 or more.
  public func draw(_ mean: Double, _ random: inout RandomStream) -> Int {
    var length = mean
    if variability > 0 {
      length *= random.gamma(shape: 1 / variability, scale: variability)
    } else if leastShare < 1 {
      length *= leastShare + (1 - leastShare) * random.uniform()
    }
    // To the nearest, as `rounded()` does, without a call into the mathematical library.
    return max(1, Int(min(length, 1e8) + 0.5))
  }
}

extension TokenScheduler {
  /// A closed loop: so many users, each with its next request as soon as the last is answered. All begin at once, as
  /// benchmarks do, so that prompts come in bursts.
  /// - Parameters:
  ///   - cold: How long the first prompts wait for kernels that are made ready, in seconds.
  ///   - perArrival: Seconds that the front end takes for each request, one after another: requests of one moment reach
  ///     the scheduler apart, so that those that ended together do not begin together.
  public static func closedLoop(
    users: Int, requests: Int, lengths: TokenLengths, step: StepTime, limits: Limits, cold: Double = 0,
    perArrival: Double = 0, seed: UInt64 = 1
  ) -> ServingRun {
    var replica = TokenScheduler(step: step, limits: limits, time: cold)
    var random = RandomStream(seed: seed)
    let total = max(users, requests)
    // Requests in order of their way through the front end.
    var record = Record(total)
    var sent = 0
    var free = 0.0
    func send(at time: Double) {
      let (prompt, output) = (lengths.draw(lengths.input, &random), lengths.draw(lengths.output, &random))
      free = max(free, time) + perArrival
      record.arrive(prompt, output, at: time, reaching: free)
    }
    for _ in 0..<users { send(at: 0) }
    while sent < record.count || !replica.isIdle {
      var next = Double.infinity
      while sent < record.count {
        let request = record.requests[sent]
        guard replica.isIdle || request.reached <= replica.time else {
          next = request.reached
          break
        }
        let prompt = Int(request.prompt)
        replica.submit(
          Int32(sent), prompt: prompt, output: Int(request.output),
          cached: Int(Double(prompt) * lengths.cachedShare), at: request.reached)
        sent += 1
      }
      replica.advanceStep(until: next)
      guard !replica.events.isEmpty else { continue }
      for i in replica.events.indices {
        let event = replica.events[i]
        record.note(event)
        if !event.isFirstToken, record.count < total { send(at: event.time) }
      }
      replica.events.removeAll(keepingCapacity: true)
    }
    return record.run(replica)
  }

  /// An open loop: requests come when they come.
  /// - Parameters:
  ///   - arrivals: In seconds, ascending.
  ///   - uncached: How many of the first prompts find nothing in the prefix cache.
  public static func openLoop(
    arrivals: [Double], lengths: TokenLengths, step: StepTime, limits: Limits, uncached: Int = 0, seed: UInt64 = 1
  ) -> ServingRun {
    var random = RandomStream(seed: seed)
    let sizes = arrivals.map { _ in (lengths.draw(lengths.input, &random), lengths.draw(lengths.output, &random)) }
    return openLoop(
      arrivals: arrivals, sizes: sizes, cachedShare: lengths.cachedShare, uncached: uncached, step: step,
      limits: limits)
  }

  /// The same with each request's own lengths.
  public static func openLoop(
    arrivals: [Double], sizes: [(prompt: Int, output: Int)], cachedShare: Double = 0, uncached: Int = 0,
    step: StepTime, limits: Limits
  ) -> ServingRun {
    var replica = TokenScheduler(step: step, limits: limits)
    var record = Record(arrivals.count)
    func drain(_ replica: inout TokenScheduler) {
      for i in replica.events.indices { record.note(replica.events[i]) }
      replica.events.removeAll(keepingCapacity: true)
    }
    for (i, time) in arrivals.enumerated() {
      replica.advance(until: time)
      drain(&replica)
      record.arrive(sizes[i].prompt, sizes[i].output, at: time, reaching: time)
      replica.submit(
        Int32(i), prompt: sizes[i].prompt, output: sizes[i].output,
        cached: i < uncached ? 0 : Int(Double(sizes[i].prompt) * cachedShare), at: time)
    }
    replica.advance(until: .infinity)
    drain(&replica)
    return record.run(replica)
  }

  /// Arrivals, first and last tokens by request.
  private struct Record {
    struct Request {
      var prompt: Int32
      var output: Int32
      var arrived: Double
      /// When it is through the front end.
      var reached: Double
      var first = 0.0
      var last = 0.0
    }

    private(set) var requests: [Request] = []

    init(_ count: Int) { requests.reserveCapacity(count) }

    var count: Int { requests.count }

    mutating func arrive(_ prompt: Int, _ output: Int, at time: Double, reaching scheduler: Double) {
      requests.append(
        Request(prompt: Int32(clamping: prompt), output: Int32(clamping: output), arrived: time, reached: scheduler))
    }

    mutating func note(_ event: Event) {
      if event.isFirstToken {
        requests[Int(event.request)].first = event.time
      } else {
        requests[Int(event.request)].last = event.time
      }
    }

    func run(_ replica: TokenScheduler) -> ServingRun {
      var run = ServingRun(
        firstToken: [], perToken: [], response: [], seconds: 0, inputTokens: 0, outputTokens: 0,
        preemptions: replica.preemptions, concurrency: replica.busy > 0 ? replica.sequenceSeconds / replica.busy : 0)
      run.firstToken.reserveCapacity(count)
      run.perToken.reserveCapacity(count)
      run.response.reserveCapacity(count)
      var end = 0.0
      for request in requests {
        run.firstToken.append(request.first - request.arrived)
        if request.output > 1 { run.perToken.append((request.last - request.first) / Double(request.output - 1)) }
        run.response.append(request.last - request.arrived)
        run.inputTokens += Double(request.prompt)
        run.outputTokens += Double(request.output)
        end = max(end, request.last)
      }
      run.seconds = max(1e-12, end - (requests.first?.arrived ?? 0))
      return run
    }
  }
}
