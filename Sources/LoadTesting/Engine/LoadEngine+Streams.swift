import Wire

extension LoadEngine {
  /// A part of the content of an answer that is a stream, or whose text matters.
  mutating func readContent(
    _ index: Int, _ bytes: UnsafePointer<UInt8>, _ count: Int, _ media: StreamMedia, _ now: Int64
  ) {
    if streams[index].media == .other { streams[index].media = media }
    streams[index].take(bytes, count, as: settings.streamFormat, keepsText: keepsText, now)
  }

  /// The end of a whole answer with a status below 400, where streams or bodies are looked into: what it is counted as.
  mutating func judgeContent(_ index: Int, _ status: Int, _ now: Int64) -> Ending {
    if readsStreams {
      if language == .grpc { return .answered(status: status) }
      return streams[index].end(as: settings.streamFormat, keepsText: keepsText, now).map { .failedStream($0) }
        ?? .answered(status: status)
    }
    return streams[index].saysError ? .failedStream(.error) : .answered(status: status)
  }

  /// Counts a stream that has ended well.
  mutating func concludeStream(_ index: Int) {
    let stream = streams + index
    guard connections[index].scheduled >= measureFrom else { return }
    records.streams &+= 1
    if let format = stream.pointee.format ?? settings.streamFormat {
      records.formats[Int(format.rawValue)] &+= 1
    } else {
      records.formats[Int(StreamFormat.events.rawValue)] &+= 1
    }
    records.tokens &+= stream.pointee.tokens
    if stream.pointee.outputTokens >= 0 { records.countedStreams &+= 1 }
    if stream.pointee.inputTokens >= 0 {
      records.inputTokens &+= stream.pointee.inputTokens
      records.countedInputs &+= 1
    }
    if stream.pointee.cachedTokens > 0 { records.cachedTokens &+= stream.pointee.cachedTokens }
    records.reasoningPieces &+= stream.pointee.reasoningPieces
    records.pieces &+= stream.pointee.pieces
    guard stream.pointee.firstToken > 0 else { return }
    records.firstTokens.record(stream.pointee.firstToken &- connections[index].scheduled)
    let share = stream.pointee.tokensPerPiece
    if share > 1 { records.bundledStreams &+= 1 }
    for gap in stream.pointee.gaps {
      records.pieceGaps.record(Int64(gap))
      records.gaps.record(Int64(Double(gap) / share))
    }
    if let time = stream.pointee.timePerToken { records.tokenTimes.record(time) }
  }

  /// Which of the settings' bounds an answer that came well has kept, a bit each; with and without the generator's lag.
  @inline(__always) func kept(_ index: Int, _ now: Int64) -> (with: UInt32, without: UInt32) {
    let scheduled = connections[index].scheduled
    let lag = connections[index].lag
    var with: UInt32 = 0
    var without: UInt32 = 0
    for i in 0..<boundCount {
      let value: Int64
      var own = lag
      switch bounds[i].metric {
      case .firstToken:
        value =
          readsStreams && streams[index].firstToken > 0 ? streams[index].firstToken &- scheduled : now &- scheduled
      case .perToken:
        value = readsStreams ? streams[index].timePerToken ?? 0 : 0
        own = 0
      case .betweenTokens:
        value = readsStreams ? Int64(Double(streams[index].longestGap) / streams[index].tokensPerPiece) : 0
        own = 0
      default: value = now &- scheduled
      }
      let limit = bounds[i].limit.nanoseconds
      if value <= limit { with |= 1 << UInt32(i) }
      if value &- own <= limit { without |= 1 << UInt32(i) }
    }
    return (with, without)
  }
}
