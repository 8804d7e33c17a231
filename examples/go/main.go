// Command examples compares, detects, enrols and searches with the classic SDK or with Tea's core:
//
//	VISAGE_ENDPOINT=http://127.0.0.1:3000 VISAGE_KEY_ID=… VISAGE_KEY_SECRET=… go run . classic one.jpg another.jpg
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
)

// client is what the sample needs of an SDK.
type client interface {
	// compare answers the similarity and the thresholds by false-match rate.
	compare(one, another string) (float64, map[string]string, error)
	// green answers the data of an operation of Green into `data`.
	green(action, path string, body map[string]any, data any) error
	// code is what the SDK's own error names as its code.
	code(err error) string
}

var endpoint = struct{ scheme, host string }{}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: examples classic|tea ONE.jpg ANOTHER.jpg")
	}
	endpoint.scheme, endpoint.host, _ = strings.Cut(os.Getenv("VISAGE_ENDPOINT"), "://")
	open := map[string]func(key, secret string) (client, error){"classic": newClassic, "tea": newTea}[os.Args[1]]
	if open == nil {
		log.Fatalf("%s is neither classic nor tea", os.Args[1])
	}
	sdk, err := open(os.Getenv("VISAGE_KEY_ID"), os.Getenv("VISAGE_KEY_SECRET"))
	if err != nil {
		log.Fatal(err)
	}
	if err := run(sdk, "sample-go-"+os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func run(sdk client, person, one, another string) error {
	score, thresholds, err := sdk.compare(one, another)
	if err != nil {
		return err
	}
	var threshold float64
	fmt.Sscan(thresholds["0.001"], &threshold)
	verdict := map[bool]string{true: "the same person", false: "two people"}[score >= threshold]
	fmt.Printf("compare: %.2f, %s\n", score, verdict)

	var described struct {
		Faces []struct {
			Smile              struct{ Value float64 }
			Glasses, Hairstyle struct{ Value string }
		}
	}
	if err := sdk.green("DetectFace", "/green/face/detect", map[string]any{"url": inline(one)}, &described); err != nil {
		return err
	}
	face := described.Faces[0]
	fmt.Printf("detect: smile %.2f, glasses %s, %s\n", face.Smile.Value, face.Glasses.Value, face.Hairstyle.Value)

	named := map[string]any{"personId": person, "groupIds": []string{person}, "name": "Sample"}
	if err := sdk.green("AddPerson", "/green/sface/person/add", named, nil); err != nil {
		return err
	}
	defer sdk.green("DeletePerson", "/green/sface/person/delete", map[string]any{"personId": person}, nil)
	faces := map[string]any{"personId": person, "urls": []string{inline(one)}}
	if err := sdk.green("AddFaces", "/green/sface/face/add", faces, nil); err != nil {
		return err
	}
	var scanned []struct {
		Results []struct {
			Label         string
			Rate          float64
			TopPersonData []struct{ Persons []struct{ PersonID string } }
		}
	}
	task := map[string]any{"url": inline(another), "extras": map[string]any{"groupId": person}}
	scan := map[string]any{"scenes": []string{"sface-n"}, "tasks": []any{task}}
	if err := sdk.green("ImageSyncScan", "/green/image/scan", scan, &scanned); err != nil {
		return err
	}
	result := scanned[0].Results[0]
	fmt.Printf("search: %s, %s, %.2f\n", result.Label, result.TopPersonData[0].Persons[0].PersonID, result.Rate)

	if _, _, err := sdk.compare(one, os.DevNull); err != nil {
		fmt.Println("refused:", sdk.code(err))
	}
	return nil
}

func inline(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	return "base64://" + base64.StdEncoding.EncodeToString(content)
}

// told is Green's answer: the data, or what the service says was wrong.
func told(answer []byte, data any) error {
	var envelope struct {
		Code int
		Msg  string
		Data json.RawMessage
	}
	if err := json.Unmarshal(answer, &envelope); err != nil {
		return err
	}
	if envelope.Code != 200 {
		return fmt.Errorf("%d: %s", envelope.Code, envelope.Msg)
	}
	if data == nil {
		return nil
	}
	return json.Unmarshal(envelope.Data, data)
}
