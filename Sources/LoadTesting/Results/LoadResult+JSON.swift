import Documents
import Quantities

extension LoadResult {
  /// Writes the result as `headroom/load/1`: times in milliseconds, rates a second.
  public func write(
    to json: inout JSONWriter, expectations: [LoadExpectation] = [], extra: (inout JSONWriter) -> Void = { _ in }
  ) {
    json.object { json in
      json.key(LoadKey.schema)
      json.string(LoadDocument.run.schema)
      extra(&json)
      writeFields(to: &json)
      if !expectations.isEmpty {
        json.key(LoadKey.expectations)
        json.array { json in
          for expectation in expectations {
            json.object { json in
              json.key(LoadKey.expect)
              json.string(expectation.description)
              json.key(LoadKey.met)
              json.bool(expectation.isMet(by: self))
            }
          }
        }
      }
    }
  }

  private func writeFields(to json: inout JSONWriter) {
    func integer(_ key: String, _ value: Int) {
      json.key(key)
      json.integer(value)
    }
    func number(_ key: String, _ value: Double?) {
      json.key(key)
      json.number(value ?? .nan)
    }
    json.key(LoadKey.valid)
    json.bool(isValid)
    json.key("invalid")
    json.array { json in
      for invalidity in invalidities {
        json.object { json in
          json.key("kind")
          json.string(invalidity.kind.rawValue)
          json.key("problem")
          json.string(invalidity.problem)
          json.key("remedy")
          json.string(invalidity.remedy)
        }
      }
    }
    json.key(LoadKey.loop)
    json.string(isOpenLoop ? "open" : "closed")
    integer("connections", connections)
    if language != .http1 {
      json.key("language")
      json.string(language.rawValue)
      integer("streams", streamsPerConnection)
    }
    number(LoadKey.window, window.seconds)
    integer(LoadKey.offered, offered)
    integer("sent", sent)
    integer("completed", completed)
    number(LoadKey.achievedRate, achievedRate.perSecond)
    integer("dropped", dropped)
    integer("unfinished", unfinished)
    integer("excluded", excluded)
    integer("retried", retried)
    integer("connections_opened", connectionsOpened)
    integer("bytes_received", bytesReceived)
    number("max_lag_ms", maxLag.seconds * 1e3)
    integer("late", late)
    number("max_wait_ms", maxWait.seconds * 1e3)
    number("generator_busy", generatorBusy.rawValue)
    integer(LoadKey.ok, ok)
    json.key("errors")
    json.object { json in
      for (name, count) in errors.named {
        json.key(name)
        json.integer(count)
      }
    }
    json.key("statuses")
    json.object { json in
      for (status, count) in statuses.sorted(by: { $0.key < $1.key }) {
        json.key("\(status)")
        json.integer(count)
      }
    }
    if language == .grpc {
      json.key("grpc_status")
      json.object { json in
        for (status, count) in grpcStatuses.sorted(by: { $0.key < $1.key }) {
          json.key("\(status)")
          json.integer(count)
        }
      }
      integer("messages", messages)
    }
    if let goodput, let goodShare {
      json.key("goodput")
      json.object { json in
        json.key("rate")
        json.number(goodput.perSecond)
        json.key("share")
        json.number(goodShare.rawValue)
        json.key("good")
        json.integer(goodBySlice.reduce(0, +))
        json.key("bounds")
        json.array { json in
          for item in bounds {
            json.object { json in
              json.key("metric")
              json.string(item.bound.metric.word.isEmpty ? "e2e" : item.bound.metric.word)
              json.key("quantile")
              json.number(item.bound.quantile)
              json.key("limit_ms")
              json.number(item.bound.limit.seconds * 1e3)
              json.key("good")
              json.integer(item.good.reduce(0, +))
            }
          }
        }
      }
    }
    if longHeads > 0 { integer("heads_too_long", longHeads) }
    latency.write(LoadKey.latency, to: &json)
    json.key("latency_by_status_ms")
    json.object { json in
      for (status, spectrum) in latencyByStatus.sorted(by: { $0.key < $1.key }) {
        spectrum.write("\(status)", to: &json)
      }
    }
    if !classes.isEmpty {
      json.key("classes")
      json.array { json in
        for item in classes {
          json.object { json in
            json.key("name")
            json.string(item.name)
            json.key("completed")
            json.integer(item.latency.count)
            json.key(LoadKey.ok)
            json.integer(item.ok)
            json.key("ended")
            json.integer(item.ended)
            item.latency.write(LoadKey.latency, to: &json)
          }
        }
      }
    }
    service.write("service_ms", to: &json)
    lag.write("lag_ms", to: &json)
    if let streams {
      streams.timeToFirstToken.write("ttft_ms", to: &json, formula: StreamMetrics.timeToFirstTokenFormula)
      streams.interTokenLatency.write("itl_ms", to: &json, formula: StreamMetrics.interTokenLatencyFormula)
      streams.timePerOutputToken.write("tpot_ms", to: &json, formula: StreamMetrics.timePerOutputTokenFormula)
      streams.pieceGaps.write("chunk_gap_ms", to: &json, formula: StreamMetrics.pieceGapFormula)
      integer("tokens", streams.tokens)
      integer("streams_ok", streams.streams)
      integer("streams_bundled", streams.bundledStreams)
      integer("chunks", streams.pieces)
      integer("reasoning_chunks", streams.reasoningPieces)
      json.key("input_tokens")
      if let tokens = streams.inputTokens { json.integer(tokens) } else { json.null() }
      integer("cached_input_tokens", streams.cachedTokens)
      json.key("stream_formats")
      json.object { json in
        for (format, count) in streams.formats.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
          json.key(format.word)
          json.integer(count)
        }
      }
      json.key("tokens_counted_by")
      json.string(streams.isCountedByService ? "usage" : "chunks")
      number("tokens_per_second", streams.tokensPerSecond)
    }
    json.key(LoadKey.timeline)
    json.array { json in
      for second in timeline {
        json.object { json in
          for (key, value) in [
            ("second", second.second), (LoadKey.offered, second.offered), ("sent", second.sent),
            ("completed", second.completed), ("errors", second.errors), ("in_flight", second.inFlight),
          ] {
            json.key(key)
            json.integer(value)
          }
          for (key, value) in [("p50_ms", second.p50), ("p99_ms", second.p99), ("max_ms", second.maximum)] {
            json.key(key)
            json.number(LatencySpectrum.milliseconds(value))
          }
          json.key("cells")
          json.numbers(second.latencies.pairs)
        }
      }
    }
  }
}
