module sallyport/demo

go 1.21
