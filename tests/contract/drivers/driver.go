// Command driver makes calls by the official Go SDKs, as lines of JSON ask for them; see drivers.py.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/responses"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/cloudauth"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/green"
)

const timeout = 30 * time.Second

type asked struct {
	SDK, Endpoint, Key, Secret, Action, Path, Format string
	Params                                           map[string]string
	Body                                             any
}

// models are the requests that the SDK has for each action of Green.
var models = map[string]func() requests.AcsRequest{
	"AddPerson":             func() requests.AcsRequest { return green.CreateAddPersonRequest() },
	"GetPerson":             func() requests.AcsRequest { return green.CreateGetPersonRequest() },
	"SetPerson":             func() requests.AcsRequest { return green.CreateSetPersonRequest() },
	"DeletePerson":          func() requests.AcsRequest { return green.CreateDeletePersonRequest() },
	"AddFaces":              func() requests.AcsRequest { return green.CreateAddFacesRequest() },
	"GetFaces":              func() requests.AcsRequest { return green.CreateGetFacesRequest() },
	"DeleteFaces":           func() requests.AcsRequest { return green.CreateDeleteFacesRequest() },
	"AddGroups":             func() requests.AcsRequest { return green.CreateAddGroupsRequest() },
	"DeleteGroups":          func() requests.AcsRequest { return green.CreateDeleteGroupsRequest() },
	"GetGroups":             func() requests.AcsRequest { return green.CreateGetGroupsRequest() },
	"GetPersons":            func() requests.AcsRequest { return green.CreateGetPersonsRequest() },
	"DetectFace":            func() requests.AcsRequest { return green.CreateDetectFaceRequest() },
	"SearchPerson":          func() requests.AcsRequest { return green.CreateSearchPersonRequest() },
	"ImageSyncScan":         func() requests.AcsRequest { return green.CreateImageSyncScanRequest() },
	"ImageAsyncScan":        func() requests.AcsRequest { return green.CreateImageAsyncScanRequest() },
	"ImageAsyncScanResults": func() requests.AcsRequest { return green.CreateImageAsyncScanResultsRequest() },
	"UploadCredentials":     func() requests.AcsRequest { return green.CreateUploadCredentialsRequest() },
}

func classic(asked asked) (any, error) {
	client, err := sdk.NewClientWithAccessKey("cn-shanghai", asked.Key, asked.Secret)
	if err != nil {
		return nil, err
	}
	client.SetConnectTimeout(timeout)
	client.SetReadTimeout(timeout)
	if asked.Path != "" {
		request := models[asked.Action]()
		request.SetScheme("http")
		request.SetDomain(asked.Endpoint)
		content, _ := json.Marshal(asked.Body)
		request.SetContent(content)
		response := responses.NewCommonResponse()
		if err := client.DoAction(request, response); err != nil {
			return nil, err
		}
		var body any
		return body, json.Unmarshal(response.GetHttpContentBytes(), &body)
	}
	if asked.Action == "CompareFaces" {
		request, response := cloudauth.CreateCompareFacesRequest(), cloudauth.CreateCompareFacesResponse()
		request.Scheme, request.Domain, request.AcceptFormat = "http", asked.Endpoint, asked.Format
		request.SourceImageType, request.SourceImageValue = asked.Params["SourceImageType"], asked.Params["SourceImageValue"]
		request.TargetImageType, request.TargetImageValue = asked.Params["TargetImageType"], asked.Params["TargetImageValue"]
		err := client.DoAction(request, response)
		return response, err
	}
	request, response := cloudauth.CreateDescribeOssUploadTokenRequest(), cloudauth.CreateDescribeOssUploadTokenResponse()
	request.Scheme, request.Domain, request.AcceptFormat = "http", asked.Endpoint, "JSON"
	err = client.DoAction(request, response)
	return response, err
}

func teaCore(asked asked) (any, error) {
	client, err := openapi.NewClient(&openapi.Config{
		AccessKeyId: &asked.Key, AccessKeySecret: &asked.Secret, Endpoint: &asked.Endpoint, Protocol: tea.String("http"),
	})
	if err != nil {
		return nil, err
	}
	params := &openapi.Params{
		Action: &asked.Action, Version: tea.String("2019-03-07"), Protocol: tea.String("http"), Pathname: tea.String("/"),
		Method: tea.String("POST"), AuthType: tea.String("AK"), Style: tea.String("RPC"),
		ReqBodyType: tea.String("formData"), BodyType: tea.String("json"),
	}
	request := &openapi.OpenApiRequest{Body: asked.Params}
	if asked.Path != "" {
		params.Version, params.Style, params.Pathname = tea.String("2018-05-09"), tea.String("ROA"), &asked.Path
		params.ReqBodyType, request.Body = tea.String("json"), asked.Body
	}
	milliseconds := tea.Int(int(timeout.Milliseconds()))
	options := &dara.RuntimeOptions{ConnectTimeout: milliseconds, ReadTimeout: milliseconds}
	answer, err := client.CallApi(params, request, options)
	if err != nil {
		return nil, err
	}
	return answer["body"], nil
}

func told(err error) map[string]any {
	answer := map[string]any{"kind": fmt.Sprintf("%T", err), "message": err.Error()}
	switch refused := err.(type) {
	case *errors.ServerError:
		answer["code"] = refused.ErrorCode()
	case *tea.SDKError:
		answer["code"] = tea.StringValue(refused.Code)
	case *dara.SDKError:
		answer["code"] = tea.StringValue(refused.Code)
	}
	return answer
}

func main() {
	lines, out := bufio.NewReaderSize(os.Stdin, 1<<20), json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var one asked
		if err := json.Unmarshal(line, &one); err != nil {
			panic(err)
		}
		call := map[string]func(asked) (any, error){"classic": classic, "tea": teaCore}[one.SDK]
		if body, err := call(one); err != nil {
			out.Encode(map[string]any{"error": told(err)})
		} else {
			out.Encode(map[string]any{"body": body})
		}
	}
}
