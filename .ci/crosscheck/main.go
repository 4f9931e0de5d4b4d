// Command crosscheck answers, with the implementation of Go's checksum database, what
// crosscheck.test.ts asks ours: roots, proofs, tiles and signed notes, in both directions.
//
// It reads one JSON question from standard input and writes one JSON answer. Leaf n of every tree
// is the text "leaf n". Debian's golang-golang-x-mod-dev has the packages; GO111MODULE=off finds
// them under GOPATH=/usr/share/gocode.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Leaves int64 // how many there are at most
	Roots  []int64
	// Proofs to make: [size, index] and [size, older size].
	ProveRecords, ProveTrees [][2]int64
	// Proofs of others to check.
	CheckRecords []recordClaim
	CheckTrees   []treeClaim
	Tiles        [][2]int64 // [older size, size]
	SigningKey   string
	SignTexts    []string
	VerifierKey  string
	OpenNotes    []string
}

type recordClaim struct {
	Size, Index    int64
	Root, LeafHash tlog.Hash
	Proof          tlog.RecordProof
}

type treeClaim struct {
	Size, OldSize int64
	Root, OldRoot tlog.Hash
	Proof         tlog.TreeProof
}

type tile struct {
	Level, Index, Width int64
	SHA256              []byte
}

type answer struct {
	Roots         []tlog.Hash
	Records       []tlog.RecordProof
	Trees         []tlog.TreeProof
	RecordsAgreed []bool
	TreesAgreed   []bool
	Tiles         [][]tile
	Signed        []string
	Opened        []bool
}

func main() {
	log.SetFlags(0)
	var asked question
	must(json.NewDecoder(os.Stdin).Decode(&asked))
	read := storedHashes(asked.Leaves)
	var told answer
	proveAll(asked, read, &told)
	checkAll(asked, &told)
	tileAll(asked, read, &told)
	noteAll(asked, &told)
	must(json.NewEncoder(os.Stdout).Encode(told))
}

func storedHashes(leaves int64) tlog.HashReader {
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			if index >= int64(len(stored)) {
				return nil, fmt.Errorf("no hash %d", index)
			}
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for n := int64(0); n < leaves; n++ {
		hashes, err := tlog.StoredHashes(n, []byte(fmt.Sprintf("leaf %d", n)), read)
		must(err)
		stored = append(stored, hashes...)
	}
	return read
}

func proveAll(asked question, read tlog.HashReader, told *answer) {
	for _, size := range asked.Roots {
		root, err := tlog.TreeHash(size, read)
		must(err)
		told.Roots = append(told.Roots, root)
	}
	for _, pair := range asked.ProveRecords {
		proof, err := tlog.ProveRecord(pair[0], pair[1], read)
		must(err)
		told.Records = append(told.Records, proof)
	}
	for _, pair := range asked.ProveTrees {
		proof, err := tlog.ProveTree(pair[0], pair[1], read)
		must(err)
		told.Trees = append(told.Trees, proof)
	}
}

func checkAll(asked question, told *answer) {
	for _, c := range asked.CheckRecords {
		err := tlog.CheckRecord(c.Proof, c.Size, c.Root, c.Index, c.LeafHash)
		told.RecordsAgreed = append(told.RecordsAgreed, err == nil)
	}
	for _, c := range asked.CheckTrees {
		err := tlog.CheckTree(c.Proof, c.Size, c.Root, c.OldSize, c.OldRoot)
		told.TreesAgreed = append(told.TreesAgreed, err == nil)
	}
}

// Tiles of height 8, as tlog-tiles has them.
func tileAll(asked question, read tlog.HashReader, told *answer) {
	for _, pair := range asked.Tiles {
		tiles := []tile{}
		for _, t := range tlog.NewTiles(8, pair[0], pair[1]) {
			data, err := tlog.ReadTileData(t, read)
			must(err)
			sum := sha256.Sum256(data)
			tiles = append(tiles, tile{int64(t.L), t.N, int64(t.W), sum[:]})
		}
		told.Tiles = append(told.Tiles, tiles)
	}
}

func noteAll(asked question, told *answer) {
	signer, err := note.NewSigner(asked.SigningKey)
	must(err)
	verifier, err := note.NewVerifier(asked.VerifierKey)
	must(err)
	for _, text := range asked.SignTexts {
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		must(err)
		told.Signed = append(told.Signed, string(signed))
	}
	for _, text := range asked.OpenNotes {
		_, err := note.Open([]byte(text), note.VerifierList(verifier))
		told.Opened = append(told.Opened, err == nil)
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
