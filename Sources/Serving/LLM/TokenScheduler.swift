import Glibc
import Quantities

/// One replica that schedules tokens as vLLM v1 does, step by step:
///
/// - a step has a budget of tokens; sequences that run take theirs first, one each (more under speculation);
/// - prompts take what is left, in parts (chunked prefill), those begun before new ones, in order of arrival;
/// - where the cache is full, the sequence that was admitted last loses its place and is worked out anew (preemption by
///   recompute), and in that step nothing is admitted;
/// - tokens of a prompt that the prefix cache holds cost no work: so many as a request says, or those of its leading
///   blocks that earlier ones have left (``prefixes``).
///
/// Steps in which nothing is admitted or finished differ only by the context that grows: they are taken at once, so
/// that a request costs some 100 ns, whatever its length.
public struct TokenScheduler: Sendable {
  /// What bounds a step.
  public struct Limits: Hashable, Sendable {
    /// Tokens of a step (`max_num_batched_tokens`).
    public var batchedTokens: Int
    /// Sequences that run at once (`max_num_seqs`).
    public var sequences: Int
    /// Tokens that the KV cache holds.
    public var cacheTokens: Double
    /// Whether prompts share a step with running sequences; else they go alone, and the others stand still.
    public var mixesPrefill: Bool
    /// Whether a request is let in only where its whole answer has room: then none loses its place.
    public var reservesAnswers: Bool
    /// Decoding steps between two looks at what has come; 1 looks before every step. Behind a step of prompts it always
    /// looks.
    public var pollSteps: Int

    public init(
      batchedTokens: Int, sequences: Int, cacheTokens: Double, mixesPrefill: Bool = true,
      reservesAnswers: Bool = false, pollSteps: Int = 1
    ) {
      self.batchedTokens = max(1, batchedTokens)
      self.sequences = max(1, sequences)
      self.cacheTokens = cacheTokens
      self.mixesPrefill = mixesPrefill
      self.reservesAnswers = reservesAnswers
      self.pollSteps = max(1, pollSteps)
    }
  }

  /// What has become of a request.
  public struct Event: Hashable, Sendable {
    public var request: Int32
    /// Its first token; else its last.
    public var isFirstToken: Bool
    /// When, in seconds.
    public var time: Double
    /// Of a first token: the prompt's tokens that the prefix cache held.
    public var cached: Int32 = 0
  }

  public let step: StepTime
  public let limits: Limits
  /// The replica's clock: the end of its last step, in seconds.
  public private(set) var time: Double
  /// What has happened since it was last emptied, in order of time.
  public var events: [Event] = []
  /// Sequences that lost their place so far.
  public private(set) var preemptions = 0
  /// Steps taken so far.
  public private(set) var steps = 0
  /// Seconds in steps, and of them in steps that worked on prompts.
  public private(set) var busy = 0.0
  /// Sequence-seconds, for the mean number that runs; and token-seconds in the cache, and the most tokens there.
  public private(set) var sequenceSeconds = 0.0
  public private(set) var cacheSeconds = 0.0
  public private(set) var mostCached = 0.0
  /// The blocks that it keeps for later prompts; nil where it keeps none.
  public var prefixes: PrefixCache? {
    get { kept }
    set {
      kept = newValue
      blockTokens = newValue?.blockTokens ?? 0
    }
  }
  /// The gaps between tokens of one answer, in seconds; nil where nobody asks.
  public var gaps: Histogram? {
    get { gapTimes.first }
    set { gapTimes = newValue.map { [$0] } ?? [] }
  }

  private var kept: PrefixCache?
  /// Tokens of a block that is kept; 0 where none are.
  private var blockTokens = 0
  /// One, or none: whether there is one costs less to ask than of an optional.
  private var gapTimes: [Histogram] = []

  private struct Slot: Sendable {
    var request: Int32
    var prompt: Double
    var output: Double
    /// Tokens of the prompt that need no work.
    var cached: Double
    /// Tokens to work on before the next token comes: the prompt, or all so far after a preemption.
    var target: Double
    var done = 0.0
    /// Tokens of the answer before the present run.
    var made = 0.0
    /// Where the progress of decoding stood when this run began.
    var began = 0.0
    /// Which run of it this is: entries of earlier ones are stale.
    var run: Int32 = 0
    var isRunning = false
    var hasFirst = false
    /// Leading blocks that it holds in the prefix cache.
    var held: Int32 = 0
  }

  private struct Finish: Sendable {
    var at: Double
    var slot: Int32
    var run: Int32
  }

  private var slots: [Slot] = []
  /// The blocks of each slot's prompt, and of its answer behind them.
  private var blocks: [[Int]] = []
  /// Seconds that running sequences have stood still for prompts that went alone.
  private var stalled = 0.0
  private var free: [Int32] = []
  private var waiting: [Int32] = []
  private var waitingHead = 0
  private var prefilling: [Int32] = []
  private var finishes: [Finish] = []
  /// In the order of admission, stale ones among them: the last is the first to lose its place.
  private var admitted: [(slot: Int32, run: Int32)] = []
  /// Tokens of the answer that each running sequence has gained since time began.
  private var progress = 0.0
  private var running = 0
  private var contextSum = 0.0
  private var used = 0.0
  /// Tokens that those let in will have in the end, where answers are reserved.
  private var promised = 0.0
  /// Decoding steps since it last looked at what has come.
  private var unpolled = 0

  public init(step: StepTime, limits: Limits, time: Double = 0) {
    self.step = step
    self.limits = limits
    self.time = time
  }

  /// Requests that have not finished.
  public var load: Int { running + prefilling.count + waitingCount }
  public var waitingCount: Int { waiting.count - waitingHead }
  public var runningCount: Int { running }
  /// The share of the cache that is taken.
  public var cacheUse: Double { limits.cacheTokens > 0 ? used / limits.cacheTokens : 0 }
  public var isIdle: Bool { load == 0 }

  /// Hands in a request.
  /// - Parameters:
  ///   - prompt: Tokens of the prompt, above 0.
  ///   - output: Tokens of the answer, above 0.
  ///   - cached: Tokens at the prompt's beginning that the prefix cache holds; without effect where there are blocks.
  ///   - blocks: Of ``prefixes``: those of the prompt, and behind them of the answer, as far as they are known.
  ///   - time: When it comes; an idle replica's clock moves on to it.
  public mutating func submit(
    _ request: Int32, prompt: Int, output: Int, cached: Int = 0, blocks: [Int] = [], at time: Double
  ) {
    if isIdle, time > self.time { self.time = time }
    let length = Double(max(1, prompt))
    let slot = Slot(
      request: request, prompt: length, output: Double(max(1, output)),
      cached: min(length - 1, Double(max(0, cached))), target: length)
    if let place = free.popLast() {
      let run = slots[Int(place)].run
      slots[Int(place)] = slot
      slots[Int(place)].run = run + 1
      waiting.append(place)
      if blockTokens > 0 { self.blocks[Int(place)] = blocks }
    } else {
      waiting.append(Int32(slots.count))
      slots.append(slot)
      if blockTokens > 0 { self.blocks.append(blocks) }
    }
  }

  /// Brings a request's leading blocks up from the tiers below (``PrefixCache/fetch(_:at:)``); nil where no blocks are kept.
  public mutating func fetch(_ blocks: [Int], at time: Double) -> Double? { kept?.fetch(blocks, at: time) }

  /// Tokens of a request's beginning that its memory holds.
  public func known(_ blocks: [Int]) -> Int { blocks.isEmpty ? 0 : kept?.known(blocks) ?? 0 }

  /// An idle replica starts anew: its cache holds nothing.
  public mutating func restart(at time: Double) {
    lose()
    self.time = max(self.time, time)
  }

  /// All that it has is lost: a replica that crashes. What it has done stays counted.
  public mutating func lose() {
    slots = []
    blocks = []
    free = []
    waiting = []
    waitingHead = 0
    prefilling = []
    finishes = []
    admitted = []
    progress = 0
    running = 0
    contextSum = 0
    used = 0
    promised = 0
    kept = kept.map { PrefixCache(blockTokens: $0.blockTokens, tiers: $0.tiers) }
    events = []
  }

  /// Takes steps until the clock has reached a time, or there is nothing to do; the step that passes it is whole.
  /// - Returns: whether work is left.
  @discardableResult
  public mutating func advance(until end: Double) -> Bool {
    while time < end, load > 0 { takeStep(until: end) }
    return load > 0
  }

  /// Takes one step, or as many as change nothing and begin before a time.
  public mutating func advanceStep(until end: Double) { if load > 0 { takeStep(until: end) } }

  /// No event comes before this time, whatever is handed in; infinite where there is nothing to do.
  public var earliestEvent: Double {
    guard load > 0 else { return .infinity }
    guard prefilling.isEmpty, waitingCount == 0, let first = finishes.first else { return time + step.fixed }
    let count = ((first.at - progress) / step.gained - 1e-9).rounded(.up)
    let one = step.seconds(StepWork(decoding: Double(running), context: running > 0 ? contextSum / Double(running) : 0))
    return time + max(1, count) * one
  }

  /// Takes steps until something has happened that ``events`` tells, or there is nothing to do.
  public mutating func advanceToEvent() {
    let before = events.count
    while events.count == before, load > 0 { takeStep(until: .infinity) }
  }

  private mutating func takeStep(until end: Double) {
    let preempted = running > 1 && used + Double(running) * step.gained > limits.cacheTokens && makeRoom()
    let gain = Double(running) * step.gained
    var budget = Double(limits.batchedTokens)
    if limits.mixesPrefill { budget -= Double(running) * step.verified }
    var work = StepWork()
    let looks = running == 0 || limits.pollSteps == 1 || unpolled >= limits.pollSteps
    if looks { unpolled = 0 }
    if !prefilling.isEmpty || (!preempted && looks && waitingHead < waiting.count) {
      admit(budget, reserved: gain, mayAdmit: !preempted && looks, &work)
    }
    let context = running > 0 ? contextSum / Double(running) : 0
    if work.prompt > 0 {
      if limits.mixesPrefill {
        work.decoding = Double(running)
        work.context = context
      }
      pass(step.seconds(work), sequences: running, isOfPrompts: true)
      if limits.mixesPrefill { gainTokens(1) }
      unpolled = limits.pollSteps
      finishPrompts()
    } else {
      // Nothing but decoding: as many steps at once as change nothing.
      if preemptions > 0 { dropStale() }
      var count = finishes.isEmpty ? 1 : Self.up((finishes[0].at - progress) / step.gained - 1e-9)
      if gain > 0 {
        let room = (limits.cacheTokens - used) / gain
        if room < count { count = max(1, room.rounded(.down)) }
      }
      work.decoding = Double(running)
      work.context = context
      let one = step.seconds(work)
      if end < .infinity, one > 0 { count = min(count, max(1, Self.up(min((end - time) / one, 1e15)))) }
      // After a preemption the next step may admit again, and so may the one before which it looks at what has come.
      count = preempted ? 1 : max(1, count)
      if limits.pollSteps > 1 {
        if waitingHead < waiting.count { count = min(count, Double(max(1, limits.pollSteps - unpolled))) }
        let sum = unpolled + Int(min(count, 1e9))
        unpolled = sum <= limits.pollSteps ? sum : (sum - 1) % limits.pollSteps + 1
      }
      work.context = context + (count - 1) * step.gained / 2
      pass(count == 1 ? one : count * step.seconds(work), sequences: running, steps: Int(count))
      gainTokens(count)
    }
    finishAnswers()
  }

  /// The whole number at or above one of less than 10^18, without a call into the mathematical library.
  @inline(__always) private static func up(_ value: Double) -> Double {
    let whole = Double(Int(value))
    return whole < value ? whole + 1 : whole
  }

  private mutating func pass(_ seconds: Double, sequences: Int, steps count: Int = 1, isOfPrompts: Bool = false) {
    time += seconds
    busy += seconds
    sequenceSeconds += seconds * Double(sequences)
    steps += count
    cacheSeconds += seconds * (used + Double(sequences) * step.gained * Double(count - 1) / 2)
    mostCached = max(mostCached, used)
    guard !gapTimes.isEmpty, sequences > 0 else { return }
    guard limits.mixesPrefill || !isOfPrompts else {
      stalled += seconds
      return
    }
    let tokens = UInt64((Double(sequences) * step.gained * Double(count)).rounded())
    if stalled > 0 {
      gapTimes[0].record((stalled + seconds / Double(count)) / step.gained, times: UInt64(sequences))
      stalled = 0
      gapTimes[0].record(seconds / Double(count) / step.gained, times: tokens - min(tokens, UInt64(sequences)))
    } else {
      gapTimes[0].record(seconds / Double(count) / step.gained, times: tokens)
    }
  }

  private mutating func gainTokens(_ count: Double) {
    let gained = count * step.gained
    progress += gained
    contextSum += Double(running) * gained
    used += Double(running) * gained
  }

  /// Takes places away from the sequences admitted last, until every other one has room for its next token.
  private mutating func makeRoom() -> Bool {
    var took = false
    while running > 1, used + Double(running) * step.gained > limits.cacheTokens {
      guard let last = admitted.popLast() else { break }
      let index = Int(last.slot)
      guard slots[index].run == last.run, slots[index].isRunning else { continue }
      took = true
      preemptions += 1
      let made = progress - slots[index].began
      let context = slots[index].target + made
      contextSum -= context
      release(index, context)
      running -= 1
      if limits.reservesAnswers { promised -= slots[index].prompt + slots[index].output }
      slots[index].made += made
      slots[index].target = slots[index].prompt + slots[index].made
      slots[index].done = 0
      slots[index].run += 1
      slots[index].isRunning = false
      // It waits before all others.
      if waitingHead > 0 {
        waitingHead -= 1
        waiting[waitingHead] = last.slot
      } else {
        waiting.insert(last.slot, at: 0)
      }
    }
    return took
  }

  private mutating func admit(
    _ available: Double, reserved: Double, mayAdmit: Bool, _ work: inout StepWork
  ) {
    var budget = available
    func room(_ tokens: Double) -> Bool { used + reserved + tokens <= limits.cacheTokens }
    for place in prefilling where budget > 0 {
      let index = Int(place)
      let part = min(budget, slots[index].target - slots[index].done)
      guard part > 0 else { continue }
      // A replica that does nothing else always takes what is first, or it would stand still for ever.
      guard room(part) || work.prompt == 0 && running == 0 else { break }
      take(part, index, &work)
      budget -= part
    }
    guard mayAdmit else { return }
    if blockTokens > 0 { kept?.trim(to: limits.cacheTokens - used) }
    while waitingHead < waiting.count, budget > 0, running + prefilling.count < limits.sequences {
      let place = waiting[waitingHead]
      let index = Int(place)
      var known = slots[index].made == 0 ? slots[index].cached : 0
      var taken = known
      var hits = 0
      if blockTokens > 0, !blocks[index].isEmpty {
        // The last token of a prompt is always worked on.
        let most = Int((slots[index].target - 1) / Double(blockTokens))
        var found = kept?.hits(blocks[index], most: most) ?? (count: 0, idle: 0)
        if found.count < most, kept?.tiers.isEmpty == false, room(min(budget, slots[index].target)) {
          // What was brought up when it came and pushed out again before its turn is brought up once more.
          _ = kept?.fetch(Array(blocks[index].prefix(most)), at: 0)
          found = kept?.hits(blocks[index], most: most) ?? found
        }
        hits = found.count
        known = Double(found.count * blockTokens)
        taken = Double(found.idle * blockTokens)
      }
      let part = min(budget, slots[index].target - known)
      let isAlone = running + prefilling.count == 0
      guard room(taken + part) || isAlone else { break }
      if limits.reservesAnswers {
        let whole = slots[index].prompt + slots[index].output
        guard promised + whole <= limits.cacheTokens || isAlone else { break }
        promised += whole
      }
      waitingHead += 1
      prefilling.append(place)
      if blockTokens > 0, !blocks[index].isEmpty {
        kept?.hold(blocks[index], first: hits)
        slots[index].held = Int32(hits)
        slots[index].cached = known
      }
      slots[index].done = known
      used += taken
      take(part, index, &work)
      budget -= part
    }
    if waitingHead > 1024, waitingHead * 2 > waiting.count {
      waiting.removeFirst(waitingHead)
      waitingHead = 0
    }
  }

  private mutating func take(_ part: Double, _ index: Int, _ work: inout StepWork) {
    let before = slots[index].done
    let isDone = before + part >= slots[index].target
    slots[index].done = before + part
    work.pairs += part * (before + part / 2)
    work.prompt += part
    used += part
    if isDone { work.finishing += 1 }
    if blockTokens > 0 { insertBlocks(index) }
  }

  /// A block can be met as soon as it is scheduled, as vLLM has it.
  private mutating func insertBlocks(_ index: Int) {
    let whole = min(blocks[index].count, Int(slots[index].done) / blockTokens)
    while Int(slots[index].held) < whole {
      if kept?.insert(blocks[index][Int(slots[index].held)]) == true { used -= Double(blockTokens) }
      slots[index].held += 1
    }
    kept?.trim(to: limits.cacheTokens - used)
  }

  /// A sequence of so many tokens leaves the cache; blocks that later prompts may begin with stay, idle.
  private mutating func release(_ index: Int, _ context: Double) {
    guard blockTokens > 0, !blocks[index].isEmpty else {
      used -= context
      return
    }
    let size = Double(blockTokens)
    let held = Int(slots[index].held)
    used -= context - Double(held) * size
    let whole = min(blocks[index].count, Int(context / size))
    // The last of a sequence is the first to go.
    if whole > held { for place in (held..<whole).reversed() { kept?.leave(blocks[index][place]) } }
    used -= Double(kept?.release(blocks[index], first: held) ?? 0) * size
    slots[index].held = 0
    kept?.trim(to: limits.cacheTokens - used)
  }

  /// Prompts that are done give their first token and run on.
  private mutating func finishPrompts() {
    var left = 0
    for i in prefilling.indices {
      let place = prefilling[i]
      let index = Int(place)
      let slot = slots[index]
      guard slot.done >= slot.target else {
        if left != i { prefilling[left] = place }
        left += 1
        continue
      }
      if !slot.hasFirst {
        events.append(Event(request: slot.request, isFirstToken: true, time: time, cached: Int32(slot.cached)))
      }
      let made = slot.hasFirst ? slot.made + 1 : 1
      let rest = slot.output - made
      let began = progress
      Self.change(&slots[index]) {
        $0.hasFirst = true
        $0.made = made
        $0.isRunning = rest > 0
        $0.began = began
      }
      guard rest > 0 else {
        release(index, slot.target)
        close(index)
        continue
      }
      running += 1
      contextSum += slot.target
      admitted.append((place, slot.run))
      push(Finish(at: progress + rest, slot: place, run: slot.run))
    }
    while prefilling.count > left { prefilling.removeLast() }
    if admitted.count > 4 * (running + 16) {
      admitted.removeAll { slots[Int($0.slot)].run != $0.run || !slots[Int($0.slot)].isRunning }
    }
  }

  private mutating func finishAnswers() {
    let reached = progress + 1e-9
    while let first = finishes.first {
      let index = Int(first.slot)
      // Only who has lost a place leaves an entry behind.
      let isStale = preemptions > 0 && (slots[index].run != first.run || !slots[index].isRunning)
      if !isStale, first.at > reached { break }
      pop()
      if isStale { continue }
      let context = slots[index].target + progress - slots[index].began
      contextSum -= context
      release(index, context)
      running -= 1
      close(index)
    }
    if running == 0 { contextSum = 0 }
  }

  private mutating func close(_ index: Int) {
    events.append(Event(request: slots[index].request, isFirstToken: false, time: time))
    if limits.reservesAnswers { promised -= slots[index].prompt + slots[index].output }
    Self.change(&slots[index]) {
      $0.isRunning = false
      $0.run += 1
    }
    free.append(Int32(index))
  }

  /// Several fields of a slot at once: the array is asked once whether it is shared.
  @inline(__always) private static func change(_ slot: inout Slot, _ change: (inout Slot) -> Void) { change(&slot) }

  // MARK: A heap of four children, the earliest end first

  private mutating func dropStale() {
    while let first = finishes.first {
      let slot = slots[Int(first.slot)]
      if slot.run == first.run, slot.isRunning { return }
      pop()
    }
  }

  private mutating func push(_ entry: Finish) {
    finishes.append(entry)
    finishes.withUnsafeMutableBufferPointer { heap in
      var i = heap.count - 1
      while i > 0 {
        let parent = (i - 1) / 4
        if heap[parent].at <= entry.at { break }
        heap[i] = heap[parent]
        i = parent
      }
      heap[i] = entry
    }
  }

  private mutating func pop() {
    let last = finishes.removeLast()
    guard !finishes.isEmpty else { return }
    finishes.withUnsafeMutableBufferPointer { heap in
      var i = 0
      while true {
        let first = 4 * i + 1
        if first >= heap.count { break }
        var best = first
        var least = heap[first].at
        for child in first + 1..<max(first + 1, min(first + 4, heap.count)) {
          let at = heap[child].at
          best = at < least ? child : best
          least = at < least ? at : least
        }
        if least >= last.at { break }
        heap[i] = heap[best]
        i = best
      }
      heap[i] = last
    }
  }
}
