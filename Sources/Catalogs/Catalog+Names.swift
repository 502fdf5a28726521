import Documents

/// Names as people, benchmarks and engines write them.
extension Catalog {
  /// The accelerator that a name means: its own, one of its aliases, or one that a vendor's system name holds
  /// (`8xMI325X_2xEPYC_9575F`, `ESC_N8_H200-SXM-141GBx8_TRT`, `NVIDIA GeForce RTX 4090`), with the count that it states.
  ///
  /// Of several that fit, the one of the most words, then the most letters: `H200-NVL-141GB` is not an `H200`.
  public func accelerator(meantBy text: some StringProtocol) -> (accelerator: Accelerator, count: Int?)? {
    if let exact = accelerator(String(text)) { return (exact, nil) }
    let (words, counts) = Self.words(of: text)
    guard !words.isEmpty else { return nil }
    var best: (position: Int, size: (Int, Int), accelerator: Accelerator)?
    for (key, accelerator) in acceleratorNames where key.count <= words.count {
      for start in 0...(words.count - key.count) where words[start..<start + key.count].elementsEqual(key) {
        let size = (key.count, key.reduce(0) { $0 + $1.utf8.count })
        if size > (best?.size ?? (0, 0)) { best = (start, size, accelerator) }
        break
      }
    }
    guard let best else { return nil }
    let span = best.position..<best.position + best.size.0
    // The count stands at the name itself, or behind the whole of it (`H200-SXM-141GBx8`, `..._aarch64x72`).
    let count =
      counts[span].compactMap { $0 }.first ?? counts[span.upperBound...].compactMap { $0 }.last
      ?? (span.lowerBound > 0 ? counts[span.lowerBound - 1] : nil)
    return (best.accelerator, count)
  }

  /// The accelerator that a name means.
  /// - Throws: `Diagnostic` with the nearest name, or how to add one.
  public func accelerator(
    meantBy text: String, at location: SourceLocation?
  ) throws(Diagnostic) -> Accelerator {
    if let found = accelerator(meantBy: text) { return found.accelerator }
    return try accelerator(named: text, at: location)
  }

  /// The model of a name: its own, an alias, either of them behind its maker's (`meta-llama/`) and before the suffixes
  /// that say how it was tuned, packed or graded (`-Instruct`, `-hf`, `-FP8`, `-99.9`).
  public func model(meantBy text: some StringProtocol) -> ModelArchitecture? {
    var name = Substring(text.lowercased())
    if let slash = name.lastIndex(of: "/") { name = name[name.index(after: slash)...] }
    while !name.isEmpty {
      if let found = modelIndex[Self.letters(of: name)] { return models[found] }
      guard let cut = name.lastIndex(where: { $0 == "-" || $0 == "_" || $0 == " " || $0 == ":" }) else { return nil }
      let suffix = name[name.index(after: cut)...]
      guard Self.isSuffix(suffix) else { return nil }
      name = name[..<cut]
    }
    return nil
  }

  /// The model that a name in a document means.
  /// - Throws: `Diagnostic` with the nearest name, or how to add one.
  public func model(named text: String, at location: SourceLocation? = nil) throws(Diagnostic) -> ModelArchitecture {
    if let found = model(meantBy: text) { return found }
    let near = nearest(text, in: models.flatMap { [$0.name] + $0.aliases })
    throw .error(
      "unknown model '\(text)'" + (near.map { "; did you mean '\($0)'?" } ?? ""), at: location,
      help: near == nil ? "give the path of its Hugging Face config.json, or add it in a catalog file of your own" : nil
    )
  }

  /// What a name says about the precision of the weights: `Qwen3-32B-NVFP4` says fp4.
  public static func precision(saidBy name: String) -> Precision? {
    let words = name.split { !$0.isLetter && !$0.isNumber }
    for word in words.reversed().prefix(3) {
      if word.first?.isNumber == true, word.lowercased().hasSuffix("b") { return nil }
      if let precision = Precision(word: word) { return precision }
    }
    return nil
  }

  static func letters(of name: some StringProtocol) -> String {
    name.lowercased().filter { $0.isLetter || $0.isNumber }
  }

  private static let suffixes: Set<String> = [
    "hf", "instruct", "chat", "it", "base", "fp8", "nvfp4", "mxfp4", "fp4", "bf16", "fp16", "int8", "int4", "awq",
    "gptq",
    "dynamic", "w8a8", "w4a16", "quantized", "128k", "4k", "8k", "16e", "128e", "99", "99.9", "kv", "preview", "latest",
    "thinking", "original", "turbo", "block", "gguf", "quark",
  ]

  private static func isSuffix(_ word: Substring) -> Bool {
    if suffixes.contains(String(word)) { return true }
    // A version (v0.1, v1) or the month of a release (2507, 0528).
    if word.first == "v" { return word.dropFirst().allSatisfy { $0.isNumber || $0 == "." } && word.count > 1 }
    return (word.count == 4 || word.count == 1) && word.allSatisfy { $0.isNumber }
  }

  /// The words of a name in lower case, each with the count that it carries: `8xMI325X` is `mi325x` and 8.
  static func words(of text: some StringProtocol) -> ([String], [Int?]) {
    var words: [String] = []
    var counts: [Int?] = []
    for piece in text.lowercased().split(whereSeparator: { !($0.isASCII && ($0.isLetter || $0.isNumber)) }) {
      // "(R)" and makers' names say nothing.
      if ["r", "tm", "nvidia", "amd", "intel", "google"].contains(piece) { continue }
      var word = piece
      var count: Int?
      if let x = word.firstIndex(of: "x"), x != word.startIndex, word.index(after: x) != word.endIndex,
        let number = Int(word[..<x])
      {
        count = number
        word = word[word.index(after: x)...]
      } else if let x = word.lastIndex(of: "x"), x != word.startIndex, let number = Int(word[word.index(after: x)...]) {
        count = number
        word = word[..<x]
      }
      words.append(String(word))
      counts.append(count)
    }
    return (words, counts)
  }
}
