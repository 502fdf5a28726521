import Documents

extension EngineCatalog {
  /// The same with an engine in place of the one of its name, or beside the others.
  public func replacing(_ engine: EngineProfile) -> EngineCatalog {
    var copy = self
    copy.put(engine)
    return copy
  }

  /// The same with other figures of a generation of chips.
  public func replacing(_ family: ChipFamily) -> EngineCatalog {
    var copy = self
    copy.put(family)
    return copy
  }

  /// The same with other constants of no engine.
  public func replacing(_ constants: ArithmeticConstants) -> EngineCatalog {
    var copy = self
    copy.put(constants)
    return copy
  }

  /// The same with another row in place of an engine's version of the same beginning.
  public func replacing(_ version: EngineVersion) -> EngineCatalog {
    var copy = self
    copy.put(version)
    return copy
  }

  /// Puts a measured band in place of the one of its mode and metric.
  public func replacing(_ band: MeasuredBand) -> EngineCatalog {
    var copy = self
    copy.put(band)
    return copy
  }

  /// The same with other offsets in place of all.
  public func replacing(_ offsets: [MeasuredOffset]) -> EngineCatalog {
    var copy = self
    copy.put(offsets)
    return copy
  }

  /// The catalog as a document, which ``init(_:)`` reads back.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    func micro(_ seconds: Double) -> Double { (seconds * 1e9).rounded() / 1e3 }
    json.object { json in
      json.key("schema")
      json.string("headroom/engines/1")
      func numbers(_ pairs: [(String, Double)], _ json: inout JSONWriter) {
        for (key, value) in pairs {
          json.key(key)
          json.number(value)
        }
      }
      func texts(_ key: String, _ values: [String], _ json: inout JSONWriter) {
        json.key(key)
        json.array { json in for value in values { json.string(value) } }
      }
      func text(_ key: String, _ value: String, _ json: inout JSONWriter) {
        json.key(key)
        json.string(value)
      }
      json.key("arithmetic")
      json.object { json in
        numbers(
          [
            ("attention", arithmetic.attention), ("fp4", arithmetic.fp4), ("fp8", arithmetic.fp8),
            ("experts", arithmetic.experts), ("exchange_us", micro(arithmetic.exchange)),
            ("power", arithmetic.power), ("small_head", arithmetic.smallHead), ("pace_tail", arithmetic.paceTail),
            ("sustained_at_pace", arithmetic.sustainedAtPace), ("sustained", arithmetic.sustained),
          ], &json)
      }
      json.key("engines")
      json.array { json in
        for engine in engines {
          json.object { json in
            text("name", engine.name, &json)
            texts("aliases", engine.aliases, &json)
            numbers(
              [
                ("step_us", micro(engine.perStep)), ("layer_us", micro(engine.perLayer)),
                ("expert_layer_us", micro(engine.perExpertLayer)), ("latent_layer_us", micro(engine.perLatentLayer)),
                ("prompt_layer_us", micro(engine.perPromptLayer)),
                ("prompt_expert_layer_us", micro(engine.perPromptExpertLayer)),
                ("sequence_us", micro(engine.perSequence)), ("prompt_us", micro(engine.perPrompt)),
                ("entry_us", micro(engine.entry)),
                ("arrival_us", micro(engine.perArrival)), ("cold_us", micro(engine.cold)), ("compute", engine.compute),
                ("bandwidth", engine.bandwidth), ("cache_bandwidth", engine.cacheBandwidth),
                ("narrow", engine.narrow), ("expert_factor", engine.expertFactor),
                ("routed_token_us", micro(engine.perRoutedToken)), ("memory_share", engine.memoryShare),
              ], &json)
            json.key("mixes_prefill")
            json.bool(engine.mixesPrefill)
            json.key("reserves_answers")
            json.bool(engine.reservesAnswers)
            text("memory_of", engine.takesShareOfFree ? "free" : "all", &json)
            json.key("cuts_prompts")
            json.bool(engine.cutsPrompts)
            json.key("batched_tokens")
            json.integer(engine.batchedTokens)
            json.key("sequences")
            json.integer(engine.sequences)
            json.key("batched_tokens_of_small")
            json.integer(engine.batchedTokensOfSmall)
            json.key("sequences_of_small")
            json.integer(engine.sequencesOfSmall)
            text("date", engine.date, &json)
            text("source", engine.source, &json)
          }
        }
      }
      json.key("versions")
      json.array { json in
        for row in versions {
          json.object { json in
            text("engine", row.engine, &json)
            text("version", row.version, &json)
            text("from", row.from, &json)
            text("until", row.until, &json)
            numbers(
              [("overheads", row.overheads), ("bandwidth", row.bandwidth), ("compute", row.compute)], &json)
          }
        }
      }
      json.key("chips")
      json.array { json in
        for family in families {
          json.object { json in
            text("name", family.name, &json)
            texts("prefixes", family.prefixes, &json)
            numbers(
              [
                ("compute", family.compute), ("bandwidth", family.bandwidth), ("hop_us", micro(family.hop)),
                ("link", family.link), ("cold", family.cold),
              ], &json)
          }
        }
      }
      json.key("benchmarks")
      json.array { json in
        for benchmark in benchmarks {
          json.object { json in
            text("model", benchmark.model, &json)
            numbers(
              [
                ("input", benchmark.input), ("output", benchmark.output),
                ("input_variability", benchmark.inputVariability),
                ("output_variability", benchmark.outputVariability),
              ], &json)
            for (key, limits) in [
              ("ttft_limits_ms", benchmark.firstTokenLimits), ("tpot_limits_ms", benchmark.perTokenLimits),
            ] {
              json.key(key)
              json.object { json in numbers(limits.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, &json) }
            }
            text("source", benchmark.source, &json)
          }
        }
      }
      json.key("bands")
      json.array { json in
        for band in bands {
          json.object { json in
            text("mode", band.mode, &json)
            text("metric", band.metric, &json)
            numbers([("low", band.low), ("high", band.high)], &json)
          }
        }
      }
      json.key("patterns")
      json.array { json in
        for pattern in patterns {
          json.object { json in
            text("name", pattern.name, &json)
            text("mode", pattern.mode, &json)
            if !pattern.toldBy.isEmpty { texts("told_by", pattern.toldBy, &json) }
            numbers(
              [
                ("least_share", pattern.leastShare), ("variability", pattern.variability),
                ("requests_per_user", pattern.requestsPerUser), ("cached_share", pattern.cachedShare),
                ("events_per_token", pattern.eventsPerToken),
              ], &json)
            json.key("prompts")
            json.integer(pattern.prompts)
            text("source", pattern.source, &json)
          }
        }
      }
      json.key("offsets")
      json.array { json in for offset in offsets { offset.write(to: &json) } }
      json.key("recipes")
      json.array { json in for recipe in recipes { recipe.write(to: &json) } }
      json.key("usual")
      json.object { json in for (key, value) in usual.sorted(by: { $0.key < $1.key }) { text(key, value, &json) } }
    }
    return json.text + "\n"
  }
}
