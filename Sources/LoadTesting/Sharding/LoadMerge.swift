import Quantities

/// Puts the results of the shards of one schedule together: counts and histograms add, so that every percentile is that
/// of one histogram of all requests.
public enum LoadMerge {
  /// Shards whose starts differ by more than this were not one load; a second is also the step of the timeline.
  public static let tolerableSpread = Duration.seconds(1)

  /// - Parameter named: results with the names to call them by, a file's.
  /// - Throws: ``LoadTestingError`` where they do not belong together: another address, schedule or loop, or the same
  ///   part twice. Parts that are missing or that ran at other times make the merged result invalid instead.
  public static func merged(_ named: [(name: String, record: LoadRecord)]) throws(LoadTestingError) -> LoadRecord {
    func bad(_ problem: String, _ remedy: String) -> LoadTestingError {
      LoadTestingError(.badSettings, problem, remedy: remedy)
    }
    guard let (firstName, first) = named.first else {
      throw bad("there is nothing to merge", "name results: headroom load merge a.json b.json")
    }
    if named.count == 1 { return first }
    var holders: [Int: String] = [:]
    for (name, record) in named {
      guard record.result.isOpenLoop, record.schedule != nil else {
        throw bad(
          "'\(name)' is of a closed loop, which has no schedule to be a part of",
          "run the shards with --rate and --shard")
      }
      guard record.url == first.url else {
        throw bad(
          "'\(name)' loaded \(record.url), '\(firstName)' loaded \(first.url)", "merge the shards of one test only")
      }
      guard record.schedule == first.schedule, record.shard.count == first.shard.count else {
        throw bad(
          "'\(name)' (shard \(record.shard)) followed another schedule than '\(firstName)' (shard \(first.shard))",
          "give all shards the same --rate, shape, --duration, --arrivals and --seed, and --shard 1/n to n/n")
      }
      guard !record.shard.isWhole else {
        throw bad(
          "'\(name)' sent the whole schedule, as '\(firstName)' did: they are two tests, not two parts of one",
          "run the parts with --shard 1/\(named.count) to \(named.count)/\(named.count)")
      }
      if let other = holders[record.shard.number] {
        throw bad("'\(name)' and '\(other)' are both shard \(record.shard)", "name each shard once")
      }
      holders[record.shard.number] = name
    }
    var merged = first
    merged.result = named.dropFirst().reduce(first.result) { $0.added($1.record.result) }
    merged.shard = .whole
    merged.started = named.compactMap { $0.record.started }.min()
    merged.traits = LoadRecord.Trait.allCases.filter { trait in named.contains { $0.record.traits.contains(trait) } }
    for (_, record) in named {
      for expectation in record.expectations where !merged.expectations.contains(expectation) {
        merged.expectations.append(expectation)
      }
    }
    let missing = (1...first.shard.count).filter { holders[$0] == nil }
    if !missing.isEmpty {
      let list = missing.prefix(10).map { "\($0)/\(first.shard.count)" }.joined(separator: ", ")
      merged.result.invalidities.append(
        Invalidity(
          kind: .missingShards, problem: "\(missing.count) of \(first.shard.count) shards are not there: \(list)",
          remedy: "run or name them too: the load was not the one that the schedule asks for"))
    }
    let starts = named.compactMap { $0.record.started }
    if let earliest = starts.min(), let latest = starts.max(), latest - earliest > tolerableSpread {
      merged.result.invalidities.append(
        Invalidity(
          kind: .shardsApart, problem: "the shards started \(NumberFormat.duration(latest - earliest)) apart",
          remedy: "give all of them the same --start-at, and set the machines' clocks by NTP"))
    }
    return merged
  }
}

extension LoadResult {
  /// This result and another machine's of the same time. The generator's share of the time is that of the busier one.
  func added(_ other: LoadResult) -> LoadResult {
    var sum = self
    sum.connections += other.connections
    sum.window = max(window, other.window)
    sum.offered += other.offered
    sum.sent += other.sent
    sum.completed += other.completed
    sum.ok += other.ok
    for (_, key) in LoadErrors.keys { sum.errors[keyPath: key] += other.errors[keyPath: key] }
    sum.dropped += other.dropped
    sum.unfinished += other.unfinished
    sum.excluded += other.excluded
    sum.retried += other.retried
    sum.connectionsOpened += other.connectionsOpened
    sum.bytesReceived += other.bytesReceived
    sum.latency.merge(other.latency)
    sum.service.merge(other.service)
    sum.lag.merge(other.lag)
    sum.late += other.late
    sum.maxWait = max(maxWait, other.maxWait)
    sum.generatorBusy = max(generatorBusy, other.generatorBusy)
    sum.achievedRate = achievedRate + other.achievedRate
    sum.statuses.merge(other.statuses) { $0 + $1 }
    sum.grpcStatuses.merge(other.grpcStatuses) { $0 + $1 }
    sum.messages += other.messages
    sum.latencyByStatus.merge(other.latencyByStatus) { a, b in
      var both = a
      both.merge(b)
      return both
    }
    for item in other.classes {
      if let i = sum.classes.firstIndex(where: { $0.name == item.name }) {
        sum.classes[i].ok += item.ok
        sum.classes[i].ended += item.ended
        sum.classes[i].latency.merge(item.latency)
      } else {
        sum.classes.append(item)
      }
    }
    if let theirs = other.streams {
      if var ours = sum.streams {
        ours.timeToFirstToken.merge(theirs.timeToFirstToken)
        ours.interTokenLatency.merge(theirs.interTokenLatency)
        ours.timePerOutputToken.merge(theirs.timePerOutputToken)
        ours.pieceGaps.merge(theirs.pieceGaps)
        ours.tokens += theirs.tokens
        ours.streams += theirs.streams
        ours.bundledStreams += theirs.bundledStreams
        ours.pieces += theirs.pieces
        ours.reasoningPieces += theirs.reasoningPieces
        ours.cachedTokens += theirs.cachedTokens
        ours.inputTokens = ours.inputTokens.flatMap { a in theirs.inputTokens.map { a + $0 } }
        ours.formats.merge(theirs.formats) { $0 + $1 }
        ours.isCountedByService = ours.isCountedByService && theirs.isCountedByService
        ours.tokensPerSecond += theirs.tokensPerSecond
        sum.streams = ours
      } else {
        sum.streams = theirs
      }
    }
    sum.longHeads += other.longHeads
    sum.goodBySlice = [goodBySlice.reduce(0, +) + other.goodBySlice.reduce(0, +)]
    sum.offeredBySlice = [sum.offered]
    sum.goodBySliceWithoutLag = []
    sum.bounds =
      bounds.map(\.bound) == other.bounds.map(\.bound)
      ? zip(bounds, other.bounds).map { ours, theirs in
        BoundCount(bound: ours.bound, good: [ours.good.reduce(0, +) + theirs.good.reduce(0, +)], goodWithoutLag: [])
      } : []
    sum.outcomes = []
    for invalidity in other.invalidities where !sum.invalidities.contains(invalidity) {
      sum.invalidities.append(invalidity)
    }
    var seconds: [Int: LoadSecond] = [:]
    for second in timeline + other.timeline {
      if let there = seconds[second.second] {
        seconds[second.second] = there.added(second)
      } else {
        seconds[second.second] = second
      }
    }
    sum.timeline = seconds.values.sorted { $0.second < $1.second }
    return sum
  }
}

extension LoadSecond {
  func added(_ other: LoadSecond) -> LoadSecond {
    var sum = self
    sum.offered += other.offered
    sum.sent += other.sent
    sum.completed += other.completed
    sum.errors += other.errors
    sum.inFlight += other.inFlight
    sum.latencies.merge(other.latencies)
    sum.p50 = sum.latencies.quantile(0.5)
    sum.p99 = sum.latencies.quantile(0.99)
    sum.maximum = [maximum, other.maximum].compactMap { $0 }.max()
    return sum
  }
}
