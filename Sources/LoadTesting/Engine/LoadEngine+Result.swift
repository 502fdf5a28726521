import Quantities

extension LoadEngine {
  /// Closes the books.
  mutating func finish(_ now: Int64, end: Int64, _ onSecond: (LoadSecond) -> Void) -> LoadResult {
    let stop = records.interruptedAt ?? .max
    // Steps that sessions would have come to later were not dropped.
    let dropped = countDropped(before: course == nil ? stop : min(stop, now))
    if records.second.sent + records.second.completed + records.second.errors > 0 || records.timeline.isEmpty {
      records.closeSecond(underWay: underWay, onSecond)
    }

    var result = LoadResult()
    result.start = start
    result.isOpenLoop = isOpen
    result.connections = settings.connections
    result.language = language
    if language != .http1 { result.streamsPerConnection = multiplex.perLane }
    // A closed loop of so many requests ends with its last answer, an open one with its last arrival.
    let enough = records.enoughAt.map { isOpen ? $0 : now } ?? .max
    let windowEnd = min(end, stop, enough)
    let window = max(0, windowEnd &- measureFrom)
    result.window = .nanoseconds(window)
    let unsent = records.unsent.reduce(0, +)
    result.offered = records.offered + dropped
    result.sent = records.sent
    result.completed = records.completed
    result.ok = records.ok
    result.errors = records.errors
    result.dropped = dropped + unsent
    for i in 0..<connectionCount {
      let phase = connections[i].phase
      if phase != .closed, phase != .idle, connections[i].scheduled >= measureFrom { result.unfinished += 1 }
    }
    result.excluded = records.excluded
    result.retried = records.retried
    result.connectionsOpened = records.connectionsOpened
    result.bytesReceived = records.bytesReceived
    result.latency = records.latency.spectrum()
    result.service = records.service.spectrum()
    result.lag = records.lags.spectrum()
    result.late = records.late
    result.maxWait = .nanoseconds(records.maxWait)
    let elapsed = max(1, now &- start)
    result.generatorBusy = Fraction(rawValue: min(1, max(0, 1 - Double(records.waited) / Double(elapsed))))
    let span = Double(max(window, records.lastCompletion &- records.firstCompletion)) / 1e9
    if span > 0 { result.achievedRate = .perSecond(Double(records.completed) / span) }
    result.timeline = records.timeline
    result.offeredBySlice = (0..<LoadRecords.slices).map { records.dues[$0] }
    result.goodBySlice = records.slices(records.goods, 0)
    result.goodBySliceWithoutLag = records.slices(records.goodsWithoutLag, 0)
    result.endedBySlice = (0..<LoadRecords.slices).map { records.ends[$0 + 1] }
    result.waitingAtStart = records.excluded - records.ends[0]
    result.bounds = (0..<boundCount).map { i in
      LoadResult.BoundCount(
        bound: bounds[i], good: records.slices(records.goods, i + 1),
        goodWithoutLag: records.slices(records.goodsWithoutLag, i + 1))
    }
    for status in 0..<1000 where records.statuses[status] > 0 { result.statuses[status] = records.statuses[status] }
    if readsStreams, records.streams > 0 {
      var metrics = StreamMetrics()
      metrics.timeToFirstToken = records.firstTokens.spectrum()
      metrics.interTokenLatency = records.gaps.spectrum()
      metrics.timePerOutputToken = records.tokenTimes.spectrum()
      metrics.pieceGaps = records.pieceGaps.spectrum()
      metrics.tokens = records.tokens
      metrics.pieces = records.pieces
      metrics.reasoningPieces = records.reasoningPieces
      metrics.streams = records.streams
      metrics.bundledStreams = records.bundledStreams
      if records.countedInputs == records.streams { metrics.inputTokens = records.inputTokens }
      metrics.cachedTokens = records.cachedTokens
      for format in StreamFormat.allCases where records.formats[Int(format.rawValue)] > 0 {
        metrics.formats[format] = records.formats[Int(format.rawValue)]
      }
      metrics.isFormatAsked = settings.streamFormat != nil
      metrics.isCountedByService = records.streams > 0 && records.countedStreams == records.streams
      metrics.tokensPerSecond = span > 0 ? Double(records.tokens) / span : 0
      result.streams = metrics
    }
    result.latencyByStatus = records.statusLatencies()
    result.securityProblem = records.securityProblem
    result.languageProblem = records.languageProblem
    result.tunnelProblem = records.tunnelProblem
    result.messages = records.messages
    result.grpcStatuses = records.grpcStatuses
    if language == .grpc, records.ok > 0 { result.grpcStatuses[0] = records.ok }
    let names = course?.classes ?? requests.names
    if names.count > 1 {
      result.classes = names.indices.map { i in
        let (good, ended, latency) = records.classLatency(i)
        return LoadClass(name: names[i], ok: good, ended: ended, latency: latency)
      }
    }
    result.longHeads = records.longHeads
    if let outcomes { result.outcomes = outcomes.list(arrived) }
    for own in OwnLimit.allCases where records.unsent[Int(own.rawValue)] > 0 {
      let kind: Invalidity.Kind =
        switch own {
        case .openFiles: .openFiles
        case .ports: .ports
        case .memory, .other: .memory
        }
      result.invalidities.append(
        Invalidity(
          kind: kind, problem: "\(own.problem): \(records.unsent[Int(own.rawValue)]) requests were never sent",
          remedy: own.remedy))
    }
    result.judge(wasInterrupted: records.interruptedAt != nil)
    return result
  }

  /// Arrivals that were due and never sent.
  private mutating func countDropped(before stop: Int64) -> Int {
    var dropped = 0
    while let due = wakes.popDue(min(end, stop)) { if due.time >= measureFrom { dropped += 1 } }
    while nextDue != .max, nextDue < stop {
      if nextDue >= measureFrom {
        dropped += 1
        records.noteDue(nextDue)
      } else {
        records.excluded += 1
      }
      advance()
    }
    return dropped
  }
}

extension LoadResult {
  /// A run is valid where the generator kept its schedule: its own 99th percentile of lag is below 1 ms, or below this
  /// share of the latency's. With 0.1 at most a tenth of a reported P99 can be the generator's; a machine that takes
  /// its core away for a moment in a long run stays below it, one that cannot hold the rate is far above.
  public static let tolerableLagShare = 0.1
  /// Arrivals without a connection that are still tolerable: the rate that was held differs by this much.
  public static let tolerableDroppedShare = 0.001

  mutating func judge(wasInterrupted: Bool) {
    var found = invalidities
    let ranOut = found.contains { [.openFiles, .ports, .memory].contains($0.kind) }
    func add(_ kind: Invalidity.Kind, _ problem: String, _ remedy: String) {
      found.append(Invalidity(kind: kind, problem: problem, remedy: remedy))
    }
    if wasInterrupted {
      add(.interrupted, "the test was interrupted", "let it run to its end, or make --duration shorter")
    }
    if offered == 0 || latency.count == 0, errors.total == 0, !ranOut {
      add(.nothingMeasured, "nothing was measured", "make the test longer or the rate higher")
    }
    let isSaturated = generatorBusy.rawValue > 0.98
    let lag99 = lag.quantile(0.99) ?? 0
    if isOpenLoop, lag99 > max(0.001, Self.tolerableLagShare * (latency.quantile(0.99) ?? 0)) {
      add(
        .generatorLate,
        "\(late) of \(offered) requests were sent more than 1 ms late, the latest by \(NumberFormat.duration(maxLag))",
        "lower the rate, stop other work on this machine, or give the generator a core of its own (taskset)")
    } else if isOpenLoop, isSaturated, maxWait > .milliseconds(1) {
      add(
        .generatorSaturated, "the generator was at work all the time, so that it may have held answers up",
        "lower the rate, or split it over several machines")
    }
    if !isOpenLoop, streams != nil, isSaturated {
      add(
        .generatorSaturated, "the generator was at work all the time, so that it may have held tokens up",
        "use fewer connections, or split the load over several machines")
    }
    if isOpenLoop, !ranOut, offered > 0, Double(dropped) > Self.tolerableDroppedShare * Double(offered) {
      add(
        .tooFewConnections, "\(dropped) of \(offered) requests never got one of the \(connections) connections",
        "if the service is not at its limit, raise --connections; if it is, lower the rate")
    }
    invalidities = found
  }
}
