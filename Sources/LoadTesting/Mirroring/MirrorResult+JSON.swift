import Documents
import Quantities

extension MirrorResult {
  /// Writes the result as `headroom/load-mirror/1`: times in milliseconds.
  public func write(to json: inout JSONWriter, extra: (inout JSONWriter) -> Void = { _ in }) {
    json.object { json in
      func integers(_ values: [(String, Int)]) {
        for (key, value) in values {
          json.key(key)
          json.integer(value)
        }
      }
      json.key(LoadKey.schema)
      json.string(LoadDocument.mirror.schema)
      extra(&json)
      json.key("duration_s")
      json.number(duration.seconds)
      integers([
        ("connections", connections), ("opaque_connections", opaqueConnections), ("refused", refused),
        ("requests", requests), ("answered", answered), ("unanswered", unanswered),
        ("bytes_from_clients", bytesFromClients), ("bytes_from_service", bytesFromService),
      ])
      json.key("statuses")
      json.object { json in
        for (status, count) in statuses.sorted(by: { $0.key < $1.key }) {
          json.key("\(status)")
          json.integer(count)
        }
      }
      latency.write("latency_ms", to: &json)
      json.key("shadow")
      json.object { json in writeShadow(to: &json) }
    }
  }

  private func writeShadow(to json: inout JSONWriter) {
    for (key, value) in [
      ("chosen", chosen), ("mirrored", mirrored), ("dropped", dropped), ("dropped_behind", droppedBehind),
      ("dropped_too_large", droppedTooLarge), ("dropped_unsafe", droppedUnsafe),
      ("dropped_incomplete", droppedIncomplete), ("waiting", waiting), ("answered", shadowAnswered),
      ("compared", compared), ("other_status", otherStatus), ("only_first", onlyFirst), ("only_second", onlyShadow),
    ] {
      json.key(key)
      json.integer(value)
    }
    json.key("same")
    json.bool(isSame)
    json.key("errors")
    json.object { json in
      for (name, count) in shadowErrors.named where name != "4xx" && name != "5xx" {
        json.key(name)
        json.integer(count)
      }
    }
    json.key("status_pairs")
    json.array { json in
      let order = statusPairs.sorted { ($0.key.first, $0.key.second) < ($1.key.first, $1.key.second) }
      for (pair, count) in order {
        json.object { json in
          for (key, value) in [("first", pair.first), ("second", pair.second), ("count", count)] {
            json.key(key)
            json.integer(value)
          }
        }
      }
    }
    firstLatency.write("first_latency_ms", to: &json)
    shadowLatency.write("latency_ms", to: &json)
    json.key("slower_ms")
    json.object { json in
      for (key, value) in [("p50", slowerP50), ("p95", slowerP95), ("p99", slowerP99)] {
        json.key(key)
        json.number(value.map { $0 * 1e3 } ?? .nan)
      }
    }
  }
}
